"""What `check` makes of its options."""

import pytest
from click.testing import CliRunner

from poller.cli import main
from tests.workplace import Workplace


@pytest.mark.parametrize(
    "option",
    ["--probe-from=anna@acme.fi", "--probe-wait=5", "--organization=mycompany"],
)
def test_what_is_for_the_probe_alone_is_not_passed_over_without_it(option, tmp_path):
    ended = CliRunner().invoke(main, ["--settings", str(Workplace(folder=tmp_path).write_settings()), "check", option])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "are for --probe" in ended.stderr
