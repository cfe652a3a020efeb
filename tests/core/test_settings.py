"""Settings: layers in order, unknown keys refused, every value knows its origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from sohoa_core import settings
from sohoa_core.errors import ConfigError
from sohoa_core.settings import load
from sohoa_core.store_errors import ConfigUnreadable, InvalidSetting, UnknownSetting


def write(folder: Path, text: str) -> Path:
    (folder / "sohoa.toml").write_text(text, encoding="utf-8")
    return folder


def test_option_over_environment_over_workspace_over_user_over_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    user = tmp_path / "home" / "sohoa"
    user.mkdir(parents=True)
    (user / "config.toml").write_text("[limits]\npages = 2\nnesting = 20\nitem_seconds = 9\n")
    write(tmp_path, "[limits]\npages = 3\nnesting = 30\n")
    environ = {"SOHOA_LIMITS__PAGES": "4"}

    assert load(None, environ={}).settings.limits.pages == 2
    assert load(tmp_path, environ={}).settings.limits.pages == 3
    assert load(tmp_path, environ=environ).settings.limits.pages == 4
    loaded = load(tmp_path, environ=environ, options={"limits.pages": 5})
    assert loaded.settings.limits.pages == 5
    origins = {name: origin for name, _value, origin in loaded.rows()}
    assert origins["limits.pages"] == "--pages"
    assert origins["limits.nesting"] == str(tmp_path / "sohoa.toml")
    assert origins["limits.item_seconds"] == str(user / "config.toml")
    assert origins["limits.page_side"] == "default"


def test_an_option_that_was_not_given_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "[batch]\nworkers = 3\n")
    assert load(tmp_path, environ={}, options={"batch.workers": None}).settings.batch.workers == 3


@pytest.mark.parametrize(
    "text", ["[limit]\npages = 3", "[limits]\npage = 3", "pages = 3", "[sign]\npin = '1234'"]
)
def test_unknown_keys_are_errors_that_name_the_place(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(UnknownSetting) as caught:
        load(tmp_path, environ={})
    assert caught.value.where == str(tmp_path / "sohoa.toml")
    assert isinstance(caught.value, ConfigError) and caught.value.exit_code == 9


@pytest.mark.parametrize("name", ["SOHOA_LIMITS__PAGE", "SOHOA_PAGES", "SOHOA_SIGN__PIN"])
def test_unknown_environment_names_are_errors(name: str) -> None:
    with pytest.raises(UnknownSetting) as caught:
        load(None, environ={name: "1"})
    assert caught.value.where == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[limits]\npages = 0", "limits.pages"),
        ("[limits]\npages = 'many'", "limits.pages"),
        ("[batch]\nexecutor = 'threads'", "batch.executor"),
        ("[digitize]\nlanguage = 'vie; rm'", "digitize.language"),
    ],
)
def test_bad_values_are_named(tmp_path: Path, text: str, name: str) -> None:
    write(tmp_path, text)
    with pytest.raises(InvalidSetting) as caught:
        load(tmp_path, environ={})
    assert caught.value.args_by_name["name"] == name


@pytest.mark.parametrize("data", [b"[limits", b"\xff\xfe\x00", b"a = 1\na = 2\n"])
def test_unreadable_files_are_errors(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "sohoa.toml").write_bytes(data)
    with pytest.raises(ConfigUnreadable):
        load(tmp_path, environ={})


def test_lists_come_from_the_environment_as_paths() -> None:
    loaded = load(None, environ={"SOHOA_VERIFY__PUBLIC_ANCHORS": "a.pem:b.pem"})
    assert loaded.settings.verify.public_anchors == ["a.pem", "b.pem"]


def test_the_limits_of_the_settings_are_the_limits_of_the_workers() -> None:
    assert settings.Settings().item_limits() == __import__("sohoa_core.limits").limits.Limits()


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("SOHOA_SIGN__TSA", "http://a.example/tsa", ["http://a.example/tsa"]),
        (
            "SOHOA_SIGN__TSA",
            "https://a.example:8443/tsa http://b.example/tsa",
            ["https://a.example:8443/tsa", "http://b.example/tsa"],
        ),
        ("SOHOA_VERIFY__ONLINE", "http://a.example", ["http://a.example"]),
        ("SOHOA_VERIFY__CRLS", "/a.crl:/b.crl", ["/a.crl", "/b.crl"]),
        ("SOHOA_SIGN__LEVEL", "B-LTA", "B-LTA"),
        ("SOHOA_SIGN__REQUIRE_STATUS", "true", True),
        ("SOHOA_SIGN__TSA_SECONDS", "2.5", 2.5),
        ("SOHOA_VERIFY__REQUIRE_STORE", "cong_vu", "cong_vu"),
    ],
)
def test_what_signing_and_verifying_take(name: str, text: str, expected: object) -> None:
    section, key = name.removeprefix("SOHOA_").lower().split("__")
    loaded = load(None, environ={name: text})
    assert getattr(getattr(loaded.settings, section), key) == expected
    assert loaded.origins[f"{section}.{key}"] == name


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("sign", 'level = "B-X"'),
        ("sign", 'key = "usb"'),
        ("sign", 'tsa = "http://a.example/tsa"'),
        ("sign", "tsa_seconds = 0"),
        ("sign", "tsa_parallel = 0"),
        ("sign", "csc_seconds = 1000"),
        ("sign", 'require_status = "perhaps"'),
        ("verify", 'require_store = "any"'),
        ("verify", "online = 7"),
        ("verify", "workers = -1"),
    ],
)
def test_what_signing_and_verifying_do_not_take(tmp_path: Path, section: str, line: str) -> None:
    write(tmp_path, f"[{section}]\n{line}\n")
    with pytest.raises(InvalidSetting) as caught:
        load(tmp_path, environ={})
    assert caught.value.where == str(tmp_path / "sohoa.toml")


@pytest.mark.parametrize("key", ["password", "pin", "csc_token", "access_token", "passphrase"])
def test_no_setting_takes_a_secret(tmp_path: Path, key: str) -> None:
    write(tmp_path, f"[sign]\n{key} = 'x'\n")
    with pytest.raises(UnknownSetting):
        load(tmp_path, environ={})
