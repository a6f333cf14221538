"""A list of members taken in, from a file to the members and their sources, all indexes standing."""

import os
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from bench.floors.copying import FIRST_ZIP, STATES, ZIPS, people, state_of
from bench.watching import Watch
from groups.importing import intake
from groups.models import MapVersion, Member, MemberSource, Place, ZipDistrict
from journal import clock

TABLES = "groups_member, groups_membersource, groups_importchange, groups_importbatch, groups_upload"
SPLIT = 5  # every so many ZIPs touch a second district, as in the country
HEADER = "uuid,first_name,last_name,email,zip_code,can2_user_state,can2_subscription_status,can2_subscription_date\n"


def prepare(size, path):
    """The places, a map of all ZIPs, and the floor's people as a report of Action Network writes them."""
    call_command("import_places", stdout=open(os.devnull, "w"))  # noqa: SIM115
    draw_map()
    with Path(path).open("w") as file:
        file.write(HEADER)
        for number, (email, first, last, state, _district, zip5, joined) in enumerate(people(size)):
            file.write(
                f"00000000-0000-4000-8000-{number:012},{first},{last},{email},{zip5},{state},subscribed,{joined}\n"
            )
    return {"bytes": Path(path).stat().st_size}


def draw_map():
    """Each ZIP in a district of its state, some in two."""
    drawn = MapVersion.objects.create(name="bench", current=True, loaded_at=clock.now())
    districts = {usps: list(Place.objects.districts().filter(usps=usps)) for usps in STATES}
    ZipDistrict.objects.bulk_create(
        (
            ZipDistrict(map_version=drawn, zip=f"{zip5:05}", district=district)
            for zip5 in range(FIRST_ZIP, FIRST_ZIP + ZIPS)
            for district in touched(districts[state_of(zip5)], zip5)
        ),
        batch_size=5000,
    )


def touched(districts, zip5):
    first = zip5 // len(STATES) % len(districts)
    return {districts[first], districts[first - 1]} if zip5 % SPLIT == 0 else {districts[first]}


def run(path):
    """Take the list in once, with its COMMIT, after a checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} CASCADE")
        cursor.execute("CHECKPOINT")
    now = clock.now()
    with Watch(os.getpid(), connection.connection.info.backend_pid) as watch:
        report = intake.import_members(path, format_name="action-network", vouched_by="the bench", now=now)
    if not Member.objects.count() == MemberSource.objects.count() == report.counts["new"]:
        raise RuntimeError(f"not everybody came in: {report.counts}")
    return {**watch.said(), "operations": report.counts["rows"]}
