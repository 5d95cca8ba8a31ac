"""The editor's routes on real sockets: reading, checking, trying and saving exercise files, and going back."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.pins import PinFile
from kiosk.rules.editing import etag_of
from tests.conftest import MODELS, ROOT, running_kiosk
from tests.editor_site import PIN, SQUAT, Site, editor_site
from tests.poses import figure, squats
from tests.waiting import until


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with editor_site(tmp_path_factory.mktemp("editor")) as served:
        yield served


@pytest.fixture
def site(whole_site: Site) -> Site:
    """The site with the squat alone, no versions and nobody seen."""
    for path in whole_site.folder.iterdir():
        path.unlink()
    for path in sorted((whole_site.state / "versions").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    whole_site.moments.clear()
    whole_site.file().write_text(SQUAT, encoding="utf-8")
    return whole_site


@pytest.fixture(scope="module")
def staff(whole_site: Site) -> dict[str, str]:
    return whole_site.sign_in()


def titled(title: str) -> str:
    return SQUAT.replace("en: Squat", f"en: {title}")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_file_is_read_as_it_stands_and_only_once_while_it_is_the_same(site: Site) -> None:
    status, text, headers = site.ask("GET", "/api/exercises/squat/yaml")
    assert (status, text, headers["Content-Type"]) == (200, SQUAT, "text/yaml; charset=utf-8")
    assert headers["ETag"] == f'"{etag_of(SQUAT.encode())}"'
    assert site.ask("GET", "/api/exercises/squat/yaml", If_None_Match=headers["ETag"])[:2] == (304, "")
    site.file().write_text(titled("Bend"), encoding="utf-8")
    assert site.ask("GET", "/api/exercises/squat/yaml", If_None_Match=headers["ETag"])[:2] == (200, titled("Bend"))


@pytest.mark.parametrize("name", ["sqat", "..%2fexercises%2fsquat", ".squat", "squat.yaml", "%00", "深蹲"])
def test_no_other_file_can_be_read_or_written(site: Site, staff: dict[str, str], name: str) -> None:
    (site.folder / ".squat.yaml").write_text(SQUAT, encoding="utf-8")
    name = name if name.isascii() else "%E6%B7%B1%E8%B9%B2"
    for path in ("yaml", "versions", "versions/1"):
        assert site.ask("GET", f"/api/exercises/{name}/{path}")[0] == 404
    assert site.ask("PUT", f"/api/exercises/{name}/yaml", SQUAT, If_Match="*", **staff)[0] == 404
    assert sorted(path.name for path in site.folder.iterdir()) == [".squat.yaml", "squat.yaml"]


def test_a_misspelt_name_is_answered_with_the_right_one(site: Site) -> None:
    status, body, _ = site.ask("GET", "/api/exercises/sqat/yaml")
    assert (status, body) == (404, {"error": "no such exercise: 'sqat'", "hint": "did you mean 'squat'?"})


def test_saving_replaces_the_file_and_answers_with_its_new_mark(site: Site, staff: dict[str, str]) -> None:
    status, body, headers = site.ask("PUT", "/api/exercises/squat/yaml", titled("Bend"), If_Match=site.etag(), **staff)
    assert (status, body["name"]) == (200, "squat")
    assert f'"{body["etag"]}"' == headers["ETag"] == site.etag()
    assert site.file().read_text(encoding="utf-8") == titled("Bend")
    assert [path.name for path in site.folder.iterdir()] == ["squat.yaml"]


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (401, lambda asked: asked["headers"].pop("Cookie")),
        (401, lambda asked: asked["headers"].update(Cookie="kiosk_staff=guess")),
        (415, lambda asked: asked["headers"].update(Content_Type="application/json")),
        (428, lambda asked: asked["headers"].pop("If_Match")),
        (428, lambda asked: asked["headers"].update(If_Match="no mark")),
        (413, lambda asked: asked.update(body=SQUAT + "#" * 200_000)),
        (422, lambda asked: asked.update(body=b"\xff" + SQUAT.encode())),
        (422, lambda asked: asked.update(body="")),
        (403, lambda asked: asked["headers"].update(Origin="http://evil.example")),
    ],
)
def test_what_may_not_be_saved_changes_nothing(site: Site, staff: dict[str, str], status: int, change: Change) -> None:
    asked: dict[str, Any] = {"body": titled("Bend"), "headers": {"If_Match": site.etag(), **staff}}
    change(asked)
    answered, body, _ = site.ask("PUT", "/api/exercises/squat/yaml", asked["body"], **asked["headers"])
    assert answered == status, body
    assert body[0].keys() == {"line", "col", "message"} if status == 422 else body.keys() >= {"error", "hint"}
    assert body.get("pin") == "staff" if status == 401 else True
    assert site.file().read_text(encoding="utf-8") == SQUAT
    assert site.ask("GET", "/api/exercises/squat/versions")[1] == {"versions": []}


def test_a_wrong_file_is_refused_with_the_place_of_each_mistake(site: Site, staff: dict[str, str]) -> None:
    wrong = SQUAT.replace("when: knee < 90", "when: kneee < 90").replace("level: info", "level: inform")
    expected = [
        {
            "line": line_of(wrong, "kneee < 90"),
            "col": 11,
            "message": "unknown measure 'kneee' - did you mean 'knee'?",
        }
    ]
    only_one = wrong.replace("level: inform", "level: info")
    assert site.ask("PUT", "/api/exercises/squat/yaml", only_one, If_Match=site.etag(), **staff)[:2] == (422, expected)
    assert site.ask("POST", "/api/exercises/squat/check", only_one)[:2] == (200, expected)
    level = site.ask("POST", "/api/exercises/squat/check", wrong)[1]
    assert [(problem["line"], problem["col"]) for problem in level] == [(line_of(wrong, "level: inform"), 12)]
    assert site.ask("POST", "/api/exercises/squat/check", SQUAT)[:2] == (200, [])
    not_text = [{"line": 2, "col": 1, "message": "is not UTF-8 text: save it as UTF-8"}]
    assert site.ask("POST", "/api/exercises/squat/check", b"a: 1\n\xff")[:2] == (200, not_text)
    assert site.ask("POST", "/api/exercises/squat/check", "#" * 50_000)[0] == 413
    assert site.ask("POST", "/api/exercises/%2e%2e/check", SQUAT)[0] == 404


def test_who_has_not_seen_the_newest_text_is_told_and_loses_nothing(site: Site, staff: dict[str, str]) -> None:
    put = "/api/exercises/squat/yaml"
    first = site.etag()
    assert site.ask("PUT", put, titled("Anna's"), If_Match=first, **staff)[0] == 200
    status, body, _ = site.ask("PUT", put, titled("Ben's"), If_Match=first, **staff)
    assert status == 412
    assert body["text"] == titled("Anna's")
    assert f'"{body["etag"]}"' == site.etag()
    assert [line for line in body["changes"].splitlines() if line[0] in "+-"][2:] == [
        "-title: {en: Squat, zh: 深蹲}",
        "+title: {en: Anna's, zh: 深蹲}",
    ]
    assert site.file().read_text(encoding="utf-8") == titled("Anna's")
    assert site.ask("PUT", put, titled("Ben's"), If_Match=f'"{body["etag"]}"', **staff)[0] == 200
    site.file().unlink()
    assert site.ask("PUT", put, titled("Ben's"), If_Match=f'"{body["etag"]}"', **staff)[0] == 404


def test_of_two_who_save_at_once_one_wins_and_the_other_is_told(site: Site, staff: dict[str, str]) -> None:
    seen, answers = site.etag(), []

    def save(title: str) -> None:
        answers.append(site.ask("PUT", "/api/exercises/squat/yaml", titled(title), If_Match=seen, **staff)[0])

    threads = [threading.Thread(target=save, args=(f"Take {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 412, 412, 412]


def versions(site: Site, name: str = "squat") -> list[tuple[int, str]]:
    listed = site.ask("GET", f"/api/exercises/{name}/versions")[1]["versions"]
    return [(version["number"], version["what"]) for version in listed]


def test_every_text_that_was_replaced_can_be_brought_back(site: Site, staff: dict[str, str]) -> None:
    put = "/api/exercises/squat/yaml"
    os.utime(site.file(), (1_700_000_000, 1_700_000_000))
    assert site.ask("PUT", put, titled("One"), If_Match=site.etag(), **staff)[0] == 200
    assert versions(site) == [(2, "saved"), (1, "first")]
    listed = site.ask("GET", "/api/exercises/squat/versions")[1]["versions"]
    assert listed[1]["saved_at"] == "2023-11-14T22:13:20+00:00"
    assert site.ask("PUT", put, titled("One"), If_Match=site.etag(), **staff)[0] == 200
    assert versions(site) == [(2, "saved"), (1, "first")], "the same text again is nothing new"
    site.file().write_text(titled("By hand"), encoding="utf-8")
    assert site.ask("PUT", put, titled("Two"), If_Match=site.etag(), **staff)[0] == 200
    assert versions(site) == [(4, "saved"), (3, "by_hand"), (2, "saved"), (1, "first")]
    texts = [site.ask("GET", f"/api/exercises/squat/versions/{number}")[1] for number in (1, 2, 3, 4)]
    assert texts == [SQUAT, titled("One"), titled("By hand"), titled("Two")]
    assert site.ask("PUT", put, texts[0], If_Match=site.etag(), **staff)[0] == 200
    assert site.file().read_text(encoding="utf-8") == SQUAT
    for number in range(12):
        assert site.ask("PUT", put, titled(f"Take {number}"), If_Match=site.etag(), **staff)[0] == 200
    assert versions(site) == [(number, "saved") for number in range(17, 7, -1)]
    assert site.ask("GET", "/api/exercises/squat/versions/1")[0] == 404
    assert site.ask("GET", "/api/exercises/squat/versions/" + "9" * 30)[0] == 404


def test_a_new_exercise_is_made_under_a_free_and_plain_name(site: Site, staff: dict[str, str]) -> None:
    def make(name: str, text: str | None = None) -> tuple[int, Any]:
        text = text or SQUAT.replace("name: squat", f"name: {name}")
        return site.ask("PUT", f"/api/exercises/{name}/yaml", text, If_None_Match="*", **staff)[:2]

    assert make("band_pull")[0] == 200
    assert site.file("band_pull").stat().st_mode & 0o777 == 0o644
    assert versions(site, "band_pull") == [(1, "saved")]
    assert make("band_pull")[1]["error"] == "there is an exercise 'band_pull' already"
    assert make("lunge", SQUAT)[0] == 422
    for name in ("Lunge", "2nd", "a.b", "a" * 65, "..%2flunge", "-"):
        assert make(name)[0] == 400, name
    assert sorted(path.name for path in site.folder.iterdir()) == ["band_pull.yaml", "squat.yaml"]


def test_where_nothing_can_be_kept_nothing_is_replaced(site: Site, staff: dict[str, str]) -> None:
    (site.state / "versions").mkdir(exist_ok=True)
    (site.state / "versions" / "squat").write_text("in the way")
    status, body, _ = site.ask("PUT", "/api/exercises/squat/yaml", titled("Bend"), If_Match=site.etag(), **staff)
    assert status == 409
    assert body["hint"] == "look at the disk; nothing was changed"
    assert site.file().read_text(encoding="utf-8") == SQUAT


def test_edited_rules_are_tried_on_the_last_minute_beside_the_saved_ones(site: Site) -> None:
    path = "/api/exercises/squat/try"
    status, body, _ = site.ask("POST", path, SQUAT)
    assert (status, body["hint"]) == (409, "exercise in front of the camera first")
    knee = squats(5, lowest=80)
    site.moments += [(t / 15, figure(t / 15, knee=knee(t / 15), past_toe=0.1)) for t in range(15 * 18)]
    site.moments += [(18 + t / 15, None) for t in range(15 * 2)]
    deep = SQUAT.replace('end: "< 110"', 'end: "< 70"').replace("for_s: 0.2", "for_s: 5")
    status, body, _ = site.ask("POST", path, deep)
    assert status == 200
    assert (body["seconds"], body["seen_s"]) == (19.9, 17.9)
    assert body["saved"] == {
        "reps": 5,
        "partials": 0,
        "holds_s": [],
        "warnings": {"knee_load": 5, "lumbar_load": 0, "shallow": 0},
    }
    assert (body["edited"]["reps"], body["edited"]["partials"]) == (0, 5)
    assert body["edited"]["warnings"] == {"knee_load": 0, "lumbar_load": 0, "shallow": 0}
    wrong = site.ask("POST", path, SQUAT.replace("reps:", "repz:"))
    assert wrong[0] == 422
    assert "did you mean 'reps'?" in wrong[1][0]["message"]
    site.file().write_text("name: [", encoding="utf-8")
    assert site.ask("POST", path, SQUAT)[1]["saved"] is None
    site.file().unlink()
    assert site.ask("POST", path, SQUAT)[1]["saved"] is None
    assert site.ask("POST", path, "", Content_Type="application/json")[0] == 415


def test_a_running_kiosk_takes_what_is_saved_and_tries_rules_on_what_its_camera_saw(
    model_bundle: Path, tmp_path: Path
) -> None:
    state, config = tmp_path / "state", tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    state.mkdir()
    (state / "models").symlink_to(MODELS)
    PinFile(state).set("staff", PIN)
    options = ("--config", str(config / "kiosk.yaml"), "--camera", "demo:squat")
    with running_kiosk(tmp_path, *options, state=state) as kiosk:
        site = Site(kiosk.port, config / "exercises", state, [])

        def seen() -> Any:
            return site.ask("GET", "/api/state")[1]

        staff = site.sign_in()
        until(lambda: seen()["reps"] >= 1, within_s=40, what="a repetition is counted")
        status, tried, _ = site.ask("POST", "/api/exercises/squat/try", SQUAT.replace('end: "< 110"', 'end: "< 40"'))
        assert status == 200
        assert tried["saved"]["reps"] >= 1
        assert tried["edited"]["reps"] == 0
        assert tried["edited"]["partials"] >= 1
        assert 0 < tried["seen_s"] <= tried["seconds"] <= 60
        saved = site.ask("PUT", "/api/exercises/squat/yaml", titled("Knee bend"), If_Match=site.etag(), **staff)
        assert saved[0] == 200
        until(lambda: seen()["exercise"]["title"]["en"] == "Knee bend", within_s=10, what="the saved file is in force")
        assert seen()["reps"] >= 1, "who is exercising goes on counting"
        assert [path.name for path in sorted((state / "versions" / "squat").iterdir())] == [
            "0001-first.yaml",
            "0002-saved.yaml",
        ]
        assert "Traceback" not in kiosk.log.read_text()
