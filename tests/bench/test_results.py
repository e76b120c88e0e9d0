from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.bench.results import chart, compare


def run(version, rate, *, ms=2.0):
    return {
        "version": version,
        "measured_at": f"2026-01-0{version[-1]}T00:00:00+00:00",
        "workload": "mixed 1,000",
        "results": {
            "mailfiler": {"messages_per_second": rate, "peak": 100 << 20},
            f"only in {version}": {"messages_per_second": 1.0, "peak": 1 << 20},
        },
        "stages": {"poller.mail": ms / 1000},
    }


def test_what_both_have_is_compared():
    assert [line.split() for line in compare(run("0.1", 50.0), run("0.2", 75.0, ms=1.0))][1:] == [
        ["mailfiler,", "messages/s", "50.0", "75.0", "1.50"],
        ["mailfiler,", "peak", "MiB", "100", "100", "1.00"],
        ["poller.mail,", "ms", "a", "message", "2.00", "1.00", "0.50"],
    ]


def test_ratios_and_figures_are_compared_by_name_and_unit():
    old, new = (
        {"version": "1", "ratios": {"a/b": ratio}, "figures": {"poll": {"value": ms, "unit": "ms", "aim": "≤ 5"}}}
        for ratio, ms in ((0.5, 4.0), (1.0, 2.0))
    )
    assert [line.split() for line in compare(old, new)][1:] == [
        ["a/b,", "times", "as", "fast", "0.50", "1.00", "2.00"],
        ["poll,", "ms", "4.00", "2.00", "0.50"],
    ]


def test_a_chart_has_a_point_for_each_result_in_the_order_of_time():
    drawn = ET.fromstring(chart([run("0.2", 75.0), run("0.1", 50.0)]))
    points = drawn.findall("{*}polyline")
    assert len(drawn.findall("{*}circle")) == 4
    first, second = (tuple(map(float, one.split(","))) for one in points[0].get("points").split())
    assert first < second
    assert first[1] > second[1]  # more is higher
