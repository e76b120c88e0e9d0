import importlib.util
from pathlib import Path

import pytest
from playhouse.migrate import SchemaMigrator

from models import schema
from models.activity import Activity
from models.change import ActivityChange
from tests.models.making import goes_with, make, nullable

MIGRATION = Path(schema.__file__).parent / "migrations" / "0002_activity_changes.py"


@pytest.mark.usefixtures("tables")
def test_what_may_be_missing():
    assert nullable(ActivityChange) == "before after"


@pytest.mark.usefixtures("tables")
def test_a_change_goes_with_its_activity():
    assert goes_with(ActivityChange, "activity")


def test_the_migration_adds_its_table_where_activities_are_already(tables):
    activity = make(Activity)
    tables.drop_tables([ActivityChange])
    spec = importlib.util.spec_from_file_location("migration", MIGRATION)
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    migration.up(SchemaMigrator.from_database(tables), tables)
    make(ActivityChange, activity=activity)
    assert [row.activity_id for row in ActivityChange.select()] == [activity.id]
