"""How a rehearsal leaves the ballot box on PostgreSQL: a function, as all that processes may do with it (0004).

It refuses every round that is not a rehearsal, every one that is not over, and one with more people on its roll than
sign in at all: a rehearsal's roll are staff alone, so a real round that somebody calls a rehearsal is not wiped.
"""

from django.db import migrations

OWNED = "LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

WIPE = f"""
CREATE FUNCTION wipe_rehearsal(the_round bigint)
RETURNS TABLE (eligible bigint, opened bigint, took_part bigint, envelopes bigint) {OWNED} AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7701, the_round::integer);
    IF NOT EXISTS (SELECT 1 FROM rounds_round r WHERE r.id = the_round AND r.rehearsal
                      AND r.stage IN ('announced', 'archived', 'cancelled')) THEN
        RAISE EXCEPTION 'only a rehearsal that is over is wiped';
    END IF;
    IF (SELECT count(*) FROM voting_rollentry e WHERE e.round_id = the_round) > (SELECT count(*) FROM groups_user) THEN
        RAISE EXCEPTION 'more people are on this roll than staff could be: it is no rehearsal';
    END IF;
    DELETE FROM eligibility g USING rounds_contest c WHERE c.id = g.contest_id AND c.round_id = the_round;
    GET DIAGNOSTICS eligible = ROW_COUNT;
    DELETE FROM opened_ballot b USING rounds_contest c WHERE c.id = b.contest_id AND c.round_id = the_round;
    GET DIAGNOSTICS opened = ROW_COUNT;
    DELETE FROM participation p USING rounds_contest c WHERE c.id = p.contest_id AND c.round_id = the_round;
    GET DIAGNOSTICS took_part = ROW_COUNT;
    SELECT count(*) INTO envelopes FROM envelope e WHERE e.round_id = the_round;
    -- Emptied, and left standing: to take a compartment off would lock out another round's voters.
    IF to_regclass('public.envelope_' || the_round) IS NOT NULL THEN
        EXECUTE format('TRUNCATE public.%I', 'envelope_' || the_round);
    END IF;
    RETURN NEXT;
END $$
"""


# That is all anybody may know of its box while its vote runs, the web's desk among them.
VOTED = f"""
CREATE FUNCTION rehearsal_voted(the_round bigint) RETURNS boolean {OWNED} AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM rounds_round r JOIN envelope e ON e.round_id = r.id
                    WHERE r.id = the_round AND r.rehearsal);
END $$
"""

FUNCTIONS = {"wipe_rehearsal(bigint)": WIPE, "rehearsal_voted(bigint)": VOTED}


def make_functions(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for signature, statement in FUNCTIONS.items():
            schema_editor.execute(statement, params=None)
            schema_editor.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")


def drop_functions(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for signature in FUNCTIONS:
            schema_editor.execute(f"DROP FUNCTION {signature}")


class Migration(migrations.Migration):
    dependencies = [
        ("voting", "0010_strikes"),
        ("rounds", "0007_legislators"),
        ("groups", "0013_desk_lists"),
    ]
    operations = [migrations.RunPython(make_functions, drop_functions)]
