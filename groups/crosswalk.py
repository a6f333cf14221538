"""Loading a published crosswalk from ZIP areas to congressional districts as a new map, or a map anew."""

import csv
import io
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from groups import redistricting, zips
from groups.atlas import BY_FIPS, BY_USPS
from groups.models import MapVersion, Place, ZipDistrict
from groups.places import number_in
from groups.refusals import Refusal
from journal import book

STATE_NAMES = ["state_abbr", "state_abbreviation", "usps", "stusps", "state"]
FIPS_NAMES = ["state_fips", "statefp", "statefips", "state_code"]
ZIP_NAMES = ["zcta", "zip", "zipcode", "zip_code", "zcta5", "zcta5ce20", "zcta5ce10", "geoid_zcta5_20"]
DISTRICT_NAMES = ["cd", "district", "congressional_district", "cd_number", "cd118", "cd119", "cd120", "cd119fp"]
ERRORS_SHOWN = 20
CHUNK = 5000


@dataclass(frozen=True)
class Loaded:
    """What a load did. restored: ZIPs whose leading zero was put back; groups: those to place again."""

    map_version: MapVersion
    rows: int
    zips: int
    new: int
    gone: int
    restored: int
    groups: int = 0


def load(content: bytes, *, name: str, source: str, now) -> Loaded:
    """Load a crosswalk as the map of this name and make it the current one, all or nothing.

    Read by header name; doing it twice changes nothing. Refusal names the missing column, or the rows that are wrong.
    """
    pairs, restored = read(content)
    districts = {(place.usps, place.number): place.pk for place in Place.objects.districts()}
    if not districts:
        raise Refusal(_("The places are not loaded yet: run import_places first."))
    wanted = {(zip5, districts[where]) for zip5, where in pairs}
    groups = 0
    with transaction.atomic():
        map_version, made = MapVersion.objects.get_or_create(name=name, defaults={"loaded_at": now, "source": source})
        standing = {
            (zip5, district): pk
            for pk, zip5, district in ZipDistrict.objects.filter(map_version=map_version).values_list(
                "pk", "zip", "district_id"
            )
        }
        before = current_pairs()
        new = sorted(wanted - standing.keys())
        gone = [standing[pair] for pair in standing.keys() - wanted]
        for start in range(0, len(gone), CHUNK):
            ZipDistrict.objects.filter(pk__in=gone[start : start + CHUNK]).delete()
        ZipDistrict.objects.bulk_create(
            (ZipDistrict(map_version=map_version, zip=zip5, district_id=district) for zip5, district in new),
            batch_size=CHUNK,
        )
        if new or gone or not map_version.current:
            MapVersion.objects.exclude(pk=map_version.pk).filter(current=True).update(current=False)
            map_version.current, map_version.loaded_at, map_version.source = True, now, source
            map_version.save(update_fields=["current", "loaded_at", "source"])
            book.record(
                "map.loaded",
                map_version,
                by="command",
                now=now,
                after={"new": len(new), "gone": len(gone), "made": made},
            )
            if not made:
                redistricting.forget(map_version, {zip5 for zip5, _place in wanted ^ standing.keys()})
            moved = {zip5 for zip5, _place in wanted ^ before} if before else set()
            redrawn = {place for zip5, place in wanted | before if zip5 in moved}
            groups = redistricting.begin(map_version, redrawn, now=now)
    zips_known = len({zip5 for zip5, _place in wanted})
    return Loaded(map_version, len(wanted), zips_known, len(new), len(gone), restored, groups)


def current_pairs() -> set[tuple[str, int]]:
    """The pairs (ZIP, district's key) of the map that answers look-ups now; none before the first one is loaded."""
    return set(ZipDistrict.objects.filter(map_version__current=True).values_list("zip", "district_id"))


def read(content: bytes) -> tuple[set[tuple[str, tuple[str, int]]], int]:
    """The pairs (ZIP, (state, district number)) of a file, and how many ZIPs had lost a leading zero."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal(_("This is no CSV file in UTF-8.")) from error
    if not text.strip():
        raise Refusal(_("The file is empty."))
    rows = csv.reader(io.StringIO(text, newline=""))
    pairs, errors, restored = set(), [], 0
    try:
        header = next(rows)
        columns = columns_of(header)
        for number, row in enumerate(rows, start=2):
            if not any(cell.strip() for cell in row):
                continue
            try:
                zip_read, where = read_row(row, columns)
            except (Refusal, IndexError) as error:
                errors.append(_("Row %(row)s: %(reason)s") % {"row": number, "reason": error_text(error)})
                continue
            restored += zip_read.restored
            pairs.add((zip_read.zip, where))
    except csv.Error as error:
        raise Refusal(_("Row %(row)s can't be read: %(reason)s.") % {"row": rows.line_num, "reason": error}) from error
    if errors:
        shown = errors[:ERRORS_SHOWN]
        if len(errors) > len(shown):
            shown.append(_("… and %(count)s rows more.") % {"count": len(errors) - len(shown)})
        raise Refusal("\n".join([_("Nothing was loaded, because of these rows:"), *shown]))
    if not pairs:
        raise Refusal(_("The file has a header and no rows."))
    return pairs, restored


def error_text(error):
    return _("it has too few cells.") if isinstance(error, IndexError) else str(error)


def columns_of(header):
    """Where state, ZIP and district stand: (index of the state, atlas to read it by, index of ZIP, of district)."""
    names = [cell.strip().lower().replace(" ", "_") for cell in header]

    def place_of(known):
        return next((names.index(name) for name in known if name in names), None)

    usps, fips = place_of(STATE_NAMES), place_of(FIPS_NAMES)
    zip_column, district = place_of(ZIP_NAMES), place_of(DISTRICT_NAMES)
    missing = [
        label
        for label, column in [
            ("state_abbr (or state_fips)", usps if usps is not None else fips),
            ("zcta (or zip)", zip_column),
            ("cd", district),
        ]
        if column is None
    ]
    if missing:
        raise Refusal(
            _("Missing column: %(missing)s. The header found is: %(header)s")
            % {"missing": ", ".join(missing), "header": repr(",".join(header)[:300])}
        )
    return (usps, BY_USPS, zip_column, district) if usps is not None else (fips, BY_FIPS, zip_column, district)


def read_row(row, columns):
    """(ReadZip, (state, number)) of one row; Refusal says what is wrong with it."""
    state_column, atlas, zip_column, district_column = columns
    state = row[state_column].strip()
    home = atlas.get(state.upper() if atlas is BY_USPS else state.zfill(2))
    if home is None:
        raise Refusal(_("“%(text)s” is no state.") % {"text": state[:40]})
    zip_read = zips.read(row[zip_column])
    if zip_read is None or not zip_read.zip:
        raise Refusal(_("“%(text)s” is no ZIP code.") % {"text": row[zip_column][:40]})
    said = row[district_column].strip()
    if not (said.isascii() and said.isdigit() and len(said) <= 4):
        raise Refusal(_("“%(text)s” is no district number.") % {"text": said[:40]})
    return zip_read, (home.usps, number_in(home, int(said)))
