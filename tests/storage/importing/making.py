"""The header lines of the four files, and what a refused import says."""

from poller.storage.importing import ImportReport

USERS = "key,name,addresses,active\n"
CUSTOMERS = "key,name\n"
CONTACTS = "key,customer,name,addresses,active\n"
PROJECTS = "number,name,kind,customer,state\n"


def problems(report: ImportReport) -> list[str]:
    assert (report.created, report.updated, report.unchanged) == (0, 0, 0)
    return [str(problem) for problem in report.problems]
