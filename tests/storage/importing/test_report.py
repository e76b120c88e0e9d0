import pytest

from poller.storage.importing.report import SHOWN, ImportProblem, ImportReport, Problems
from tests.storage.importing.making import USERS


def test_all_problems_are_found_in_the_order_of_lines_and_the_first_hundred_shown(run):
    run("users", USERS + "old,Old,taken@x.fi,\n")
    lines = ["a,A,taken@x.fi,", "b,B,b@x.fi,maybe", "b,,x,"] + [f"n{n},N,none," for n in range(200)]
    report = run("users", USERS + "\n".join(lines))
    assert report.problem_count == 205
    assert len(report.problems) == 100
    assert [problem.line for problem in report.problems[:6]] == [2, 3, 4, 4, 4, 5]


@pytest.mark.parametrize(
    ("line", "said"),
    [(1, "users.csv:1: is wrong"), (70_000, "users.csv:70000: is wrong"), (None, "users.csv: is wrong")],
)
def test_a_problem_is_told_as_compilers_do(line, said):
    assert str(ImportProblem(file="users.csv", line=line, message="is wrong")) == said


def test_what_concerns_the_whole_file_comes_first_and_the_problems_of_a_line_as_they_were_found():
    problems = Problems("x.csv")
    for line, message in ((3, "c"), (2, "b"), (None, "a"), (3, "d"), (2, "a")):
        problems.add(line, message)
    assert [problem.message for problem in problems.report().problems] == ["a", "b", "a", "c", "d"]


@pytest.mark.parametrize("count", [0, 1, SHOWN, SHOWN + 1])
def test_all_are_counted_and_so_many_shown(count):
    problems = Problems("x.csv")
    for line in range(count):
        problems.add(line, "is wrong")
    report = problems.report()
    assert bool(problems) == (count > 0)
    assert (report.problem_count, len(report.problems)) == (count, min(count, SHOWN))
    assert report == ImportReport(problems=report.problems, problem_count=count)
