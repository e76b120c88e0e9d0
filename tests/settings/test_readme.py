"""README's table of settings is the table of keys."""

from pathlib import Path

import pytest

from poller.settings.keys import TOPICS

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize("key", [key for keys in TOPICS.values() for key in keys], ids=lambda key: key.name)
def test_every_key_stands_in_the_readme_with_its_default_and_its_meaning(key):
    default = f"`{key.default}`" if key.default else ""
    assert f"| `{key.name}` | {default} | {key.help} |" in README


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_stands_in_the_readme(topic):
    assert f"**{topic}**" in README
