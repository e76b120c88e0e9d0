"""The dashboard, the rules and docs/monitoring.md speak of metrics and events that there are, and of all of them."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
import yaml

from poller.filing.reasons import Outcome, Reason
from tests.monitoring.described import DASHBOARD, DOCUMENT, ROOT, RULES, families, lines, names
from tests.servers.needs import need

PROMTOOL = shutil.which("promtool")
OURS = re.compile(r"\b(?:mailfiler|process|python)_[a-z_]+")


@pytest.fixture(scope="module")
def promtool() -> None:
    need(PROMTOOL, "promtool", "prometheus")


@pytest.fixture(scope="module")
def expressions() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    rules = [rule["expr"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    return [target["expr"] for panel in panels for target in panel["targets"]] + rules


def test_every_metric_in_an_expression_exists(expressions, tmp_path):
    used = {name for expression in expressions for name in OURS.findall(expression)}
    assert len(used) > 25
    assert used <= names(tmp_path)


def test_every_label_in_an_expression_is_one_of_its_metric(expressions, tmp_path):
    known = {
        sample.name: set(sample.labels) | {"job", "instance"}
        for family in families(tmp_path).values()
        for sample in family.samples
    }
    for expression in expressions:
        for name, matchers in re.findall(r"([a-z_]+)\{([^}]*)\}", expression):
            assert set(re.findall(r"([a-z_]+)[=!]~?=?", matchers)) <= known.get(name, {"job", "instance"}), expression


def test_every_outcome_and_reason_in_an_expression_is_one(expressions):
    known = {one.value for one in Outcome} | {one.slug for one in Reason} | {"none"}
    for expression in expressions:
        for words in re.findall(r'(?:outcome|reason)[=!]~?"([^"]*)"', expression):
            assert set(words.split("|")) <= known, expression


def test_the_table_of_metrics_is_that_of_the_code(tmp_path):
    text = DOCUMENT.read_text()
    assert re.findall(r"^\| `mailfiler_.*$", text, re.MULTILINE) == lines(tmp_path)


def test_every_alert_is_described_and_no_other():
    named = [rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    assert re.findall(r"^\| `(Mailfiler\w+)` \|", DOCUMENT.read_text(), re.MULTILINE) == named


def test_every_panel_has_a_place_of_its_own():
    places = [panel["gridPos"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def events(module: ast.Module) -> Iterator[str]:
    """What the calls name that tell of something."""
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"events.happened", "events.said", "events.noted"}:
            yield next(one.value for one in call.args if isinstance(one, ast.Constant))


def test_every_event_of_the_code_is_described_and_no_other():
    told = {event for path in (ROOT / "poller").rglob("*.py") for event in events(ast.parse(path.read_text()))}
    assert set(re.findall(r"^\| `([a-z-]+)` \| [A-Z]", DOCUMENT.read_text(), re.MULTILINE)) == told


@pytest.mark.usefixtures("promtool")
def test_promtool_takes_the_rules():
    done = subprocess.run([PROMTOOL, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("promtool")
def test_promtool_takes_what_the_dashboard_asks_for(expressions, tmp_path):
    asked = [
        one.replace("$__rate_interval", "5m").replace("$job", "a").replace("$instance", "a") for one in expressions
    ]
    rules = [{"record": f"x{number}", "expr": one} for number, one in enumerate(asked)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "x", "rules": rules}]}))
    done = subprocess.run([PROMTOOL, "check", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


CASES = {
    "MailfilerDown": {"up": "1x3 0x60"},
    "MailfilerNotPolled": {
        "mailfiler_last_poll_timestamp_seconds": "0x60",
        'mailfiler_messages_decided_total{outcome="filed",reason="none"}': "7x60",
        'mailfiler_messages_decided_total{outcome="quarantined",reason="no-user"}': "0x60",
    },
    "MailfilerStuck": {"mailfiler_stuck": "1x60"},
    "MailfilerDegraded": {"mailfiler_degraded": "1x60"},
    "MailfilerNobodyWorks": {"mailfiler_working": "0x60"},
    "MailfilerBacklogGrows": {"mailfiler_backlog_messages": "200+10x120"},
    "MailfilerDeferralsOld": {"mailfiler_deferred_oldest_seconds": "30000x60"},
    "MailfilerHeld": {"mailfiler_held_messages": "1x120"},
    "MailfilerOutboxStuck": {"mailfiler_outbox_oldest_seconds": "8000x60"},
    "MailfilerQuarantinedRate": {
        'mailfiler_messages_decided_total{outcome="quarantined",reason="no-user"}': "0+2x120",
        'mailfiler_messages_decided_total{outcome="filed",reason="none"}': "0+1x120",
    },
    "MailfilerMessagesFail": {"mailfiler_message_failures_total": "0x30 1x60"},
    "MailfilerDatabaseDown": {"mailfiler_database_up": "0x60", "mailfiler_working": "1x60"},
    "MailfilerDiskLow": {
        'mailfiler_disk_free_bytes{setting="FILES_URL"}': "900000000x60",
        "mailfiler_disk_reserve_bytes": "104857600x60",
    },
}
WELL = {
    "up": "1x120",
    "mailfiler_last_poll_timestamp_seconds": "0+60x120",
    "process_start_time_seconds": "0x120",
    "mailfiler_stuck": "0x120",
    "mailfiler_degraded": "0x120",
    "mailfiler_working": "1x120",
    "mailfiler_backlog_messages": "5000-50x120",
    "mailfiler_deferred_oldest_seconds": "60x120",
    "mailfiler_held_messages": "0x120",
    "mailfiler_outbox_oldest_seconds": "60x120",
    'mailfiler_messages_decided_total{outcome="quarantined",reason="no-user"}': "0+2x120",
    'mailfiler_messages_decided_total{outcome="filed",reason="none"}': "0+3x120",
    "mailfiler_message_failures_total": "3x120",
    "mailfiler_database_up": "1x120",
    'mailfiler_disk_free_bytes{setting="FILES_URL"}': "90000000000x120",
    "mailfiler_disk_reserve_bytes": "104857600x120",
}


@pytest.mark.usefixtures("promtool")
@pytest.mark.parametrize("alert", [*CASES, None], ids=lambda alert: alert or "all is well")
def test_an_alert_fires_when_it_should_and_none_when_all_is_well(alert, tmp_path):
    series = WELL | CASES[alert] if alert else WELL
    firing = fired(series, tmp_path)
    assert firing == ({alert} if alert else set())


STANDBY = {
    "up": "1x120",
    "mailfiler_working": "0x120",
    "process_start_time_seconds": "0x120",
    "mailfiler_stuck": "0x120",
}


def labelled(name: str, instance: str) -> str:
    name, _, labels = name.rstrip("}").partition("{")
    return f'{name}{{{labels}{"," if labels else ""}job="mailfiler",instance="{instance}"}}'


def fired(series: dict[str, str], folder) -> set[str]:
    """Which alerts fire after 100 minutes, by promtool's own word: it is told that none of them does."""
    named = [rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    inputs = [{"series": labelled(name, "a"), "values": values} for name, values in series.items()]
    inputs += [{"series": labelled(name, "b"), "values": values} for name, values in STANDBY.items()]
    tests = [{"eval_time": "60m", "alertname": name, "exp_alerts": []} for name in named]
    document = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": inputs, "alert_rule_test": tests}],
    }
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump(document))
    done = subprocess.run([PROMTOOL, "test", "rules", file], capture_output=True, text=True, check=False)
    return set(re.findall(r"alertname: (\w+)", done.stdout + done.stderr))
