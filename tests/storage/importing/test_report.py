from tests.storage.importing.making import USERS


def test_all_problems_are_found_in_the_order_of_lines_and_the_first_hundred_shown(run):
    run("users", USERS + "old,Old,taken@x.fi,\n")
    lines = ["a,A,taken@x.fi,", "b,B,b@x.fi,maybe", "b,,x,"] + [f"n{n},N,none," for n in range(200)]
    report = run("users", USERS + "\n".join(lines))
    assert report.problem_count == 205
    assert len(report.problems) == 100
    assert [problem.line for problem in report.problems[:6]] == [2, 3, 4, 4, 4, 5]
