"""The project's own files: lock files, compose, scripts, documents, migrations, production settings."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = (ROOT / "endorsements" / "settings.py").read_text()
KNOWN = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', SETTINGS))
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = ["web", "desk", "worker", "beat", "tally", "migrate"]
SCRIPTS = ["run", "test", ".ci/run", "tools/setup", "manage.py"]
DOCUMENTS = ["README.md", "docs/house.md", "docs/deploying.md", "docs/performance.md", "docs/scale.md"]


def pins(name):
    """{package: version} of a lock file."""
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def manage(*arguments, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True)


# Lock files


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_place_and_pins_everything_by_hash(lock):
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text)

    assert re.findall(r"^\s*(?:--(?:extra-)?index-url|--find-links|-e|-r).*|.*(?:https?://|file:).*", text, re.M) == []
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    name = re.compile(r"[a-z0-9._-]+", re.IGNORECASE)
    wanted = {name.match(line)[0].lower() for line in project["project"]["dependencies"]}
    for_tests = {name.match(line)[0].lower() for group in groups.values() for line in group}

    assert wanted - pins("requirements.lock").keys() == set()
    assert for_tests - pins("requirements-dev.lock").keys() == set()


def test_tests_run_on_the_versions_that_run():
    runs, tests = pins("requirements.lock"), pins("requirements-dev.lock")

    assert {name: tests.get(name) for name in runs} == runs


# docker-compose.yml


def test_compose_has_the_services_of_an_installation():
    assert set(COMPOSE["services"]) == {"postgres", "redis", "mailbox", *OURS}


@pytest.mark.parametrize("service", OURS)
def test_compose_uses_the_names_that_settings_read(service):
    environment = COMPOSE["services"][service]["environment"]

    assert environment.keys() - KNOWN == set()
    assert {"DATABASE_URL", "SECRET_KEY", "KEYS_DIR", "CELERY_BROKER_URL", "BASE_URL"} - environment.keys() == set()


def test_settings_are_the_same_for_every_process_but_its_keys_and_its_database_role():
    own = {"KEYS_DIR", "DATABASE_URL", "WEB_ROLE_PASSWORD", "POST_ROLE_PASSWORD", "TALLY_ROLE_PASSWORD"}
    said = [
        {name: value for name, value in COMPOSE["services"][service]["environment"].items() if name not in own}
        for service in OURS
    ]

    assert said == [said[0]] * len(OURS)


def test_each_process_has_the_database_role_of_its_work():
    urls = {service: COMPOSE["services"][service]["environment"]["DATABASE_URL"] for service in OURS}
    roles = {service: re.match(r"postgres://(\w+):\$\{(\w+)", url).groups() for service, url in urls.items()}

    assert roles == {
        "web": ("endorsements_web", "WEB_ROLE_PASSWORD"),
        "desk": ("endorsements_post", "POST_ROLE_PASSWORD"),
        "worker": ("endorsements_post", "POST_ROLE_PASSWORD"),
        "beat": ("endorsements_post", "POST_ROLE_PASSWORD"),
        "tally": ("endorsements_tally", "TALLY_ROLE_PASSWORD"),
        "migrate": ("endorsements", "POSTGRES_PASSWORD"),
    }
    # The owner's password, and those of the other roles, are known to the one process that sets them.
    for service in set(OURS) - {"migrate"}:
        assert (
            not {"WEB_ROLE_PASSWORD", "POST_ROLE_PASSWORD", "TALLY_ROLE_PASSWORD"}
            & COMPOSE["services"][service]["environment"].keys()
        )


def test_only_tally_holds_the_seal_keys():
    mounts = {
        name: sorted(volume.partition(":")[0] for volume in service.get("volumes", []) if "-keys:" in volume)
        for name, service in COMPOSE["services"].items()
    }

    assert {name: kept for name, kept in mounts.items() if kept} == {
        "web": ["cast-keys", "link-keys"],
        "desk": ["cast-keys", "link-keys"],
        "worker": ["cast-keys", "link-keys"],
        "migrate": ["cast-keys", "link-keys"],
        "tally": ["cast-keys", "link-keys", "seal-keys"],
    }


def test_every_volume_stands_under_its_services_key_folder():
    for name in OURS:
        service = COMPOSE["services"][name]
        folder = service["environment"]["KEYS_DIR"]
        for volume in service.get("volumes", []):
            kind, _colon, place = volume.partition(":")
            if kind.endswith("-keys"):
                assert place == f"{folder}/{kind.removesuffix('-keys')}"


def test_compose_listens_on_the_loopback_and_pins_its_images():
    services = COMPOSE["services"].values()
    ports = [port for service in services for port in service.get("ports", [])]
    images = [service["image"] for service in services if "build" not in service]

    assert ports == [port for port in ports if port.startswith("127.0.0.1:")]
    assert images == [image for image in images if re.search(r":v?\d", image)]


def test_postgresql_is_told_to_log_no_values():
    command = COMPOSE["services"]["postgres"]["command"]

    assert "log_error_verbosity=terse" in command
    assert "log_parameter_max_length_on_error=0" in command


def test_the_image_installs_the_lock_by_hash_and_runs_as_a_user():
    image = (ROOT / "Dockerfile").read_text()

    assert "--require-hashes -r requirements.lock" in image
    assert re.search(r"^USER app$", image, re.MULTILINE)
    assert " /keys/seal" not in image


# Scripts


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_may_be_run(script):
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("script", ["run", "test", "tools/setup"])
def test_scripts_are_plain_sh(script):
    text = (ROOT / script).read_text()

    assert text.startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", ROOT / script], capture_output=True, text=True).stderr == ""
    assert re.findall(r"\[\[|\blocal\b|\bfunction\b|<\(|\bsource\b", text) == []


# Documents


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_links_to_is_there(document):
    path = ROOT / document
    links = [link for link in re.findall(r"\]\(([^)#]+)", path.read_text()) if "://" not in link]

    assert [link for link in links if not (path.parent / link).exists()] == []


def test_what_docs_house_names_is_there():
    text = (ROOT / "docs" / "house.md").read_text()
    named = [name for name in re.findall(r"`([a-z_]+/[a-z_/]*(?:\.py)?)`", text) if "<" not in name]

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_first_screen_of_the_readme_has_the_picture_and_the_two_commands():
    first = (ROOT / "README.md").read_text().splitlines()[:20]

    assert any("docs/ballot.png" in line for line in first)
    assert [line.split()[0] for line in first if line.startswith("    ./")] == ["./run", "./test"]


def test_every_variable_is_explained():
    text = (ROOT / "docs" / "deploying.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    explained = {name for row in rows for name in re.findall(r"`([A-Z_]{4,})`", row.split("|")[1])}

    assert explained == KNOWN


# Django


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_production_settings_pass_djangos_deploy_check(tmp_path):
    done = manage(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none",
        SECRET_KEY="".join(chr(33 + number * 7 % 90) for number in range(64)),
        KEYS_DIR=str(tmp_path),
        BASE_URL="https://vote.example.org",
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("missing", ["DATABASE_URL", "SECRET_KEY", "KEYS_DIR"])
def test_production_refuses_to_start_without(missing, tmp_path):
    environment = {"DATABASE_URL": "postgres://x@127.0.0.1:1/x", "SECRET_KEY": "s" * 60, "KEYS_DIR": str(tmp_path)}
    del environment[missing]

    done = manage("check", **environment)

    assert done.returncode != 0
    assert f"Set {missing} in the environment" in done.stderr


def test_static_files_are_collected_hashed_and_compressed(tmp_path):
    done = manage("collectstatic", "--no-input", EMBEDDED="1", VAR_DIR=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "static" / "css").glob("site.*.css.gz")) != []
