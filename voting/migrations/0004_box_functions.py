"""What processes may do with the ballot box on PostgreSQL without a right on its tables: each is a function.

SECURITY DEFINER: it acts with the owner's rights, on what its arguments name and nothing else. VOLATILE plpgsql: each
statement sees what was committed before it, so the state is read after the wait for the lock (trust.md 0.1).
Who may call which: manage.py ballot_box roles.
"""

from django.db import migrations

OWNED = "LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

CAST = f"""
CREATE FUNCTION cast_ballot(the_round bigint, the_credential bigint, the_generation bigint, contests bigint[],
                            boxes bytea[], macs bytea[], checks bytea[]) RETURNS text {OWNED} AS $$
DECLARE
    vote record;
    right_now timestamptz;
    lying integer;
    alike integer;
    new integer;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7701, the_round::integer);
    right_now := clock_timestamp();
    SELECT r.stage, r.paused_since, r.voting_opens_at, r.voting_closes_at, e.generation + m.generation AS generation
      INTO vote
      FROM voting_rollentry e JOIN rounds_round r ON r.id = e.round_id JOIN groups_member m ON m.id = e.member_id
     WHERE e.credential = the_credential AND e.round_id = the_round;
    IF NOT FOUND OR vote.generation <> the_generation THEN
        RETURN 'dead_link';
    END IF;
    FOR turn IN 1..2 LOOP
        SELECT count(*), count(sent.contest_id) INTO lying, alike
          FROM envelope e LEFT JOIN unnest(contests, checks) AS sent (contest_id, retry_check)
            ON sent.contest_id = e.contest_id AND sent.retry_check = e.retry_check
         WHERE e.round_id = the_round AND e.credential = the_credential;
        IF lying > 0 THEN
            RETURN CASE WHEN lying = alike AND lying = cardinality(contests) THEN 'same_again' ELSE 'already' END;
        END IF;
        IF vote.stage = 'cancelled' THEN
            RETURN 'cancelled';
        ELSIF vote.stage IN ('draft', 'nominating', 'vetting', 'frozen') OR right_now < vote.voting_opens_at THEN
            RETURN 'not_yet';
        ELSIF vote.stage <> 'voting' THEN
            RETURN 'closed';
        ELSIF vote.paused_since IS NOT NULL THEN
            RETURN 'paused';
        ELSIF right_now >= vote.voting_closes_at THEN
            RETURN 'closed';
        END IF;
        IF EXISTS (SELECT 1 FROM eligibility g JOIN rounds_contest c ON c.id = g.contest_id
                    WHERE g.credential = the_credential AND c.state = 'open' AND c.id <> ALL (contests))
           OR EXISTS (SELECT 1 FROM unnest(contests) AS sent (contest_id)
                       WHERE NOT EXISTS (SELECT 1 FROM eligibility g JOIN rounds_contest c ON c.id = g.contest_id
                                          WHERE g.credential = the_credential AND c.id = sent.contest_id
                                            AND c.round_id = the_round AND c.state = 'open')) THEN
            RETURN 'changed';
        END IF;
        INSERT INTO envelope (round_id, credential, contest_id, sealed, mac, retry_check)
        SELECT the_round, the_credential, sent.contest_id, sent.box, sent.mac, sent.retry_check
          FROM unnest(contests, boxes, macs, checks) AS sent (contest_id, box, mac, retry_check)
         ORDER BY sent.contest_id
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS new = ROW_COUNT;
        IF new = cardinality(contests) THEN
            RETURN 'recorded';
        ELSIF new > 0 THEN
            RAISE EXCEPTION 'a ballot is in the box for some of its contests only';
        END IF;
        -- Another sender of the same link was faster: the second turn says how this one compares.
    END LOOP;
    RAISE EXCEPTION 'an envelope is in the way that is not there';
END $$
"""

STATUS = f"""
CREATE FUNCTION my_status(the_round bigint, the_credential bigint)
RETURNS TABLE (contest_id bigint, retry_check bytea, took_part boolean) {OWNED} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT g.contest_id, e.retry_check,
           EXISTS (SELECT 1 FROM participation p
                    WHERE p.contest_id = g.contest_id AND p.credential = the_credential)
      FROM eligibility g LEFT JOIN envelope e
        ON e.round_id = the_round AND e.credential = the_credential AND e.contest_id = g.contest_id
     WHERE g.credential = the_credential ORDER BY g.contest_id;
END $$
"""

VOTED = f"""
CREATE FUNCTION who_voted(the_round bigint, credentials bigint[]) RETURNS SETOF bigint {OWNED} AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT e.credential FROM envelope e WHERE e.round_id = the_round AND e.credential = ANY (credentials)
    UNION
    SELECT p.credential FROM eligibility g JOIN participation p USING (contest_id, credential)
     WHERE g.credential = ANY (credentials);
END $$
"""

IN_BOX = f"""
CREATE FUNCTION ballots_in(the_round bigint) RETURNS TABLE (contest_id bigint, ballots bigint) {OWNED} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT e.contest_id, count(*) FROM envelope e WHERE e.round_id = the_round GROUP BY e.contest_id;
END $$
"""

EMPTY = f"""
CREATE FUNCTION empty_box(the_round bigint) RETURNS void {OWNED} AS $$
BEGIN
    IF to_regclass('public.envelope_' || the_round) IS NULL THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM rounds_round r WHERE r.id = the_round
                      AND r.stage IN ('certified', 'announced', 'archived', 'cancelled')) THEN
        RAISE EXCEPTION 'the envelopes of a round are destroyed once it is certified or cancelled';
    END IF;
    EXECUTE format('TRUNCATE public.%I', 'envelope_' || the_round);
END $$
"""

FORGET = f"""
CREATE FUNCTION forget_participation(the_round bigint) RETURNS bigint {OWNED} AS $$
DECLARE
    gone bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM rounds_round r WHERE r.id = the_round AND r.stage = 'archived') THEN
        RAISE EXCEPTION 'who took part in a round is forgotten once it is archived';
    END IF;
    DELETE FROM participation p USING rounds_contest c WHERE c.id = p.contest_id AND c.round_id = the_round;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$
"""

TAKE_OUT = f"""
CREATE FUNCTION take_out(the_round bigint, the_credential bigint)
RETURNS TABLE (contest_id bigint, mac bytea) {OWNED} AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(7701, the_round::integer);
    IF NOT EXISTS (SELECT 1 FROM rounds_round r WHERE r.id = the_round AND r.stage IN ('voting', 'polls_closed')) THEN
        RAISE EXCEPTION 'a ballot is taken out between the start of the vote and the opening';
    END IF;
    RETURN QUERY DELETE FROM envelope e WHERE e.round_id = the_round AND e.credential = the_credential
                 RETURNING e.contest_id, e.mac;
END $$
"""

SEATS = f"""
CREATE FUNCTION seats_in(contests bigint[]) RETURNS SETOF bigint {OWNED} AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT g.credential FROM eligibility g WHERE g.contest_id = ANY (contests);
END $$
"""

# The published lines alone: a round that is certified, contests that the caller may show.
LINE_AT = f"""
CREATE FUNCTION line_at(line bytea, contests bigint[])
RETURNS TABLE (contest_id bigint, number bigint, option_number smallint) {OWNED} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT b.contest_id,
           (SELECT count(*) FROM opened_ballot o WHERE o.contest_id = b.contest_id AND o.line_id <= b.line_id),
           b.option_number
      FROM opened_ballot b JOIN rounds_contest c ON c.id = b.contest_id JOIN rounds_round r ON r.id = c.round_id
     WHERE b.contest_id = ANY (contests) AND b.line_id = line
       AND r.stage IN ('certified', 'announced', 'archived');
END $$
"""

FUNCTIONS = {
    "cast_ballot(bigint, bigint, bigint, bigint[], bytea[], bytea[], bytea[])": CAST,
    "my_status(bigint, bigint)": STATUS,
    "seats_in(bigint[])": SEATS,
    "who_voted(bigint, bigint[])": VOTED,
    "ballots_in(bigint)": IN_BOX,
    "empty_box(bigint)": EMPTY,
    "forget_participation(bigint)": FORGET,
    "take_out(bigint, bigint)": TAKE_OUT,
    "line_at(bytea, bigint[])": LINE_AT,
}


def make_functions(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for signature, statement in FUNCTIONS.items():
        schema_editor.execute(statement, params=None)
        # Everybody may call a new function unless told otherwise.
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")


def drop_functions(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for signature in FUNCTIONS:
            schema_editor.execute(f"DROP FUNCTION {signature}")


class Migration(migrations.Migration):
    dependencies = [
        ("voting", "0003_envelopes_by_contest"),
        ("rounds", "0001_initial"),
        ("groups", "0001_initial"),
    ]
    operations = [migrations.RunPython(make_functions, drop_functions)]
