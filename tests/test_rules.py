"""Exercise files: what a good one becomes, and every mistake by its place, as the person who edits it reads it."""

import pickle
from pathlib import Path

import pytest

from kiosk.config import exercise_names
from kiosk.landmarks import INDEX
from kiosk.rules.compiler import load_exercise, parse_exercise
from kiosk.stance import Stance
from kiosk.yamlfile import FileError
from tests.exercises import SQUAT, changed, exercise, reps

SHIPPED = Path(__file__).parents[1] / "config" / "exercises"


def mistakes(text: str, name: str = "squat") -> list[str]:
    with pytest.raises(FileError) as caught:
        parse_exercise(text, name, f"{name}.yaml")
    return [str(problem) for problem in caught.value.problems]


def place_of(text: str, marked: str, within: str = "") -> str:
    """Line and column of `marked`, which `text` has once; of `within` in it, if given."""
    assert text.count(marked) == 1, marked
    at = text.index(marked) + marked.index(within)
    return f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"


def test_a_good_file_becomes_an_exercise() -> None:
    squat = exercise()
    assert squat.name == "squat"
    assert squat.title.to_json() == {"en": "Squat", "zh": "深蹲"}
    assert squat.height == (0.45, 0.95)
    assert len(squat.see) == 5
    assert [measure.name for measure in squat.measures] == ["bend", "knee", "trunk", "knee_past_toe"]
    assert [measure.unit for measure in squat.measures] == ["deg", "deg", "deg", "shin"]
    assert [reps().start.met(value) for value in (161, 160)] == [True, False]
    assert [reps().end.met(value) for value in (109, 110)] == [True, False]
    knee_load, lumbar_load, shallow = squat.warnings
    assert (knee_load.level, knee_load.for_s, knee_load.view, knee_load.at_rep) == ("danger", 0.2, "side", False)
    assert lumbar_load.during == {"out", "end", "back"}
    assert lumbar_load.clear is not None
    assert knee_load.clear is None
    assert shallow.at_rep
    assert shallow.say.to_json()["zh"] == "再蹲深一点"
    stance = Stance("right", "side", 1)
    assert [ref.indices(stance) for ref in lumbar_load.points] == [(INDEX["right_hip"],), (INDEX["right_shoulder"],)]


def test_an_exercise_crosses_to_another_process() -> None:
    squat = exercise()
    crossed = pickle.loads(pickle.dumps(squat))
    assert (crossed.name, crossed.text) == (squat.name, SQUAT)
    numbers = {"knee": 80.0, "trunk": 75.0, "knee_past_toe": 0.1}
    assert [warning.when.judge(numbers) for warning in crossed.warnings[:2]] == [True, False]


@pytest.mark.parametrize("name", exercise_names(SHIPPED))
def test_every_shipped_exercise_is_right_and_proves_itself_by_examples(name: str) -> None:
    load_exercise(SHIPPED / f"{name}.yaml")
    assert "examples:" in (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")


def test_what_may_be_left_out_and_written_shorter() -> None:
    small = """
name: tiny
title: Knee bend
measures:
  knee: {angle: [left_hip, left_knee, left_ankle]}
reps: {measure: knee, start: "> 160", end: "<110.5"}
warnings:
  - {id: deep, when: knee < 90, say: Not so deep, point: left_knee, during: end}
"""
    tiny = parse_exercise(small, "tiny", "tiny.yaml")
    assert tiny.title.to_json() == {"en": "Knee bend", "zh": "Knee bend"}
    assert tiny.view == "any"
    assert tiny.reps is not None
    assert tiny.reps.end.value == 110.5
    assert tiny.warnings[0].during == {"end"}
    assert tiny.warnings[0].repeat_s == 5
    assert tiny.warnings[0].level == "caution"
    only_chinese = small.replace("Knee bend", "{zh: 屈膝}")
    assert parse_exercise(only_chinese, "tiny", "t").title.to_json() == {"en": "屈膝", "zh": "屈膝"}


def test_a_movement_may_begin_low_and_go_up() -> None:
    upwards = reps(('start: "> 160"', 'start: "< 110"'), ('end: "< 110"', 'end: "> 160"'))
    assert upwards.start.met(100)
    assert upwards.end.met(170)


LOAD = "knee < 90 and knee_past_toe > 0"
BEND = "[hip, knee, ankle], space: world"
TRUNK = "trunk:         {tilt: [hip, shoulder], from: horizontal}"
TOE = "{offset: [foot_index, knee], along: facing, unit: shin}"
DEEPER = 'say: {en: "Go a little deeper", zh: 再蹲深一点}'
DEEP = "{given: {knee: 80, trunk: 75, knee_past_toe: 0.1}, expect: [knee_load]}"

MISTAKES = [
    # what was written, what it is changed to, the marked part where the mistake is, within it, the sentence
    ("name: squat", "name: sqat", "sqat", "", "the name is 'sqat' but the file is called 'squat': make them the same"),
    ("view: any", "view: sideways", "sideways", "", "'sideways' is not one of side, front, any - did you mean 'side'?"),
    ("side: near", "side: nearr", "nearr", "", "'nearr' is not one of near, left, right, mid - did you mean 'near'?"),
    ("title: {en: Squat, zh: 深蹲}", "title: 5", "title: 5", "5", "expected text in quotes"),
    ("title: {en: Squat, zh: 深蹲}", "title: {zh: 深蹲, fr: B}", "{zh: 深蹲, fr: B}", "fr", "unknown key 'fr'"),
    ("title: {en: Squat, zh: 深蹲}", "title: {}", "{}", "", "a text is missing"),
    ("title: {en: Squat, zh: 深蹲}", 'title: "Sq\\auat"', '"Sq', "Sq", "the character U+0007, which nobody can read"),
    (DEEPER, 'say: {en: "Go \\u001b[31m deeper", zh: 再蹲深一点}', '"Go ', "Go", "the character U+001B"),
    (DEEPER, 'say: {en: Deeper, zh: "再\\u0000蹲"}', '"再', "再", "the character U+0000"),
    ("id: lumbar_load", 'id: "lumbar\\aload"', '"lumbar', "lumbar", "the character U+0007"),
    ("setup:", "setups:", "setups", "", "unknown key 'setups' - did you mean 'setup'?"),
    ("see: [shoulder,", "see: [sholder,", "sholder", "", "unknown point 'sholder' - did you mean 'shoulder'?"),
    ("see: [shoulder,", "see: [zzz,", "zzz", "", "unknown point 'zzz': the points are MediaPipe's"),
    ("[0.45, 0.95]", "[0.95, 0.45]", "height: [0.95", "[", "the smaller number comes first"),
    ("out_s: [1.0, 4.0]", "out_s: [4, 1]", "[4, 1]", "", "the smaller number comes first"),
    ("out_s: [1.0, 4.0]", "out_s: [-1, 1]", "[-1, 1]", "", "none is below 0"),
    ("[0.45, 0.95]", "[0.45]", "[0.45]", "", "this list is too short: item 2 is missing"),
    ("[0.45, 0.95]", '[0.45, "a"]', '"a"', "a", "expected a number, not 'a'"),
    (TRUNK, TRUNK.replace("from", "form"), "form: horizontal", "", "unknown key 'form' - did you mean 'from'?"),
    (TRUNK, TRUNK.replace(", from: horizontal", ""), "trunk:         {", "{", "tilt needs `from: horizontal`"),
    (TRUNK, TRUNK.replace("horizontal", "horizon"), "horizon}", "", "'horizon' is not one of horizontal, vertical"),
    (TRUNK, TRUNK.replace("hip, ", ""), "[shoulder]", "", "expected 2 points, not 1"),
    (TRUNK, TRUNK + "\n  Hip: {tilt: [hip, knee], from: vertical}", "Hip: {", "", "'Hip' can't be a measure's name"),
    (TRUNK, TRUNK + "\n  raise: {tilt: [hip, knee], from: vertical}", "raise:", "", "'raise' has a meaning of its own"),
    (TRUNK, TRUNK + "\n  rep: {tilt: [hip, knee], from: vertical}", "rep: {", "", "'rep' has a meaning of its own"),
    (TRUNK, TRUNK + "\n  tilt: {tilt: [hip, knee], form: vertical}", "form:", "", "did you mean 'from'?"),
    (TRUNK, TRUNK.replace("{tilt: [hip, shoulder]", "{tilts: [hip, shoulder]"), "tilts", "", "did you mean 'tilt'?"),
    (TRUNK, TRUNK.replace("}", ", angle: [hip, knee, ankle]}"), "trunk:         {", "{", "exactly one of"),
    (TRUNK, TRUNK.replace("}", ", min_visibility: 2}"), "min_visibility: 2", "2", "must be less than or equal to 1"),
    (BEND, "[hip, knee], space: world", "[hip, knee], space", "[", "expected 3 points, not 2"),
    (BEND, "[hip, hip, ankle], space: world", "[hip, hip, ankle]", "", "the same point twice"),
    (BEND, "[hip, knie, ankle], space: world", "knie", "", "unknown point 'knie' - did you mean 'knee'?"),
    (BEND, "[hip, 3, ankle], space: world", "[hip, 3", "3", "expected text, not '3'"),
    (BEND, "hip, space: world", "angle: hip, s", "hip", "expected a list such as [a, b], not 'hip'"),
    (BEND, BEND + ", unit: shin", "unit: shin}\n  knee:", "", "'unit' means nothing beside angle: remove it"),
    (TOE, TOE.replace("along: facing, ", ""), "knee_past_toe: {o", "{", "offset needs `along: facing`"),
    (TOE, TOE.replace(", unit: shin", ""), "knee_past_toe: {o", "{", "offset needs a `unit`"),
    (TOE, TOE.replace("shin", "metre"), "metre", "", "metres are known only in `space: world`"),
    (TOE, TOE.replace("shin", "foot"), "unit: foot", "foot", "'foot' is not one of torso, shin"),
    ("measure: bend", "measure: bendd", "bendd", "", "unknown measure 'bendd' - did you mean 'bend'?"),
    ('start: "> 160"', "start: > 160", "> 160", "160", 'a value that begins with > or | needs quotes, like "> 160"'),
    ('start: "> 160"', "start: 160", "start: 160", "160", "'160' is not a threshold: write \"> 160\" or \"< 110\""),
    ('start: "> 160"', 'start: ">= 160"', ">= 160", "", "'>= 160' is not a threshold"),
    ('start: "> 160"', 'start: "> 100"', 'end: "< 110"', "<", "start and end overlap"),
    ('end: "< 110"', 'end: "> 110"', '"> 110"', ">", "start and end overlap"),
    ("min_s: 0.8", "min_s: 12", "max_s: 10", "10", "max_s must be larger than min_s (12)"),
    ("min_s: 0.8", "min_s: -1", "-1", "", "must be greater than or equal to 0"),
    ("id: lumbar_load", "id: knee_load", "id: knee_load\n    view: side\n    when: tr", "knee_load", "used twice"),
    ("level: danger", "level: dangr", "dangr", "", "did you mean 'danger'?"),
    ("during: [out, end, back]", "during: [out, ends]", "ends", "", "not one of start, out, end, back"),
    ("for_s: 0.2", "for_s: true", "for_s: true", "true", "expected a number, not 'True'"),
    ("for_s: 0.2", "for: 0.2", "for: 0.2", "", "unknown key 'for' - did you mean 'for_s'?"),
    ("for_s: 0.2", "for_s: 0.2\n    for_s: 0.3", "for_s: 0.3\n    level", "", "the key 'for_s' is here twice"),
    ("for_s: 0.2", "\tfor_s: 0.2", "\tfor_s: 0.2", "", "indent with spaces"),
    ("point: knee", "point: kne", "kne\n", "", "unknown point 'kne' - did you mean 'knee'?"),
    ("point: [hip, shoulder]", "point: [hip, sholder]", "sholder", "", "unknown point 'sholder'"),
    (DEEPER, "", "- id: shallow", "id", "the key 'say' is missing here"),
    ("at: rep", "at: reps", "at: reps", "reps", "'reps' is not one of rep - did you mean 'rep'?"),
    ("at: rep", "at: rep\n    for_s: 1", "for_s: 1", "", "'for_s' means nothing beside `at: rep`: remove it"),
    ("at: rep", "for_s: 1", "when: rep.min(bend)", "rep", "add `at: rep`"),
    (f"when: {LOAD}", "when: kneee < 90", "kneee", "", "unknown measure 'kneee' - did you mean 'knee'?"),
    (f"when: {LOAD}", "when: knee < 90 and kneee > 0", "kneee", "", "unknown measure 'kneee'"),
    (f"when: {LOAD}", 'when: "knee < 90 and kneee > 0"', "kneee", "", "unknown measure 'kneee'"),
    (f"when: {LOAD}", "when: 'knee < 90 and kneee > 0'", "kneee", "", "unknown measure 'kneee'"),
    (f"when: {LOAD}", "when: knee < 90 and 膝盖 > 0", "and 膝盖", "膝", "unknown measure '膝盖'"),
    (f"when: {LOAD}", "when: knee < 90 and\n      kneee > 0", "when: knee < 90 and\n", "knee", "'kneee'"),
    (f"when: {LOAD}", "when: knee = 90", "= 90", "", "write == to compare"),
    (f"when: {LOAD}", "when: 5", "when: 5", "5", "expected text, not '5'"),
    (f"when: {LOAD}", 'when: "" ', '" \n', "", "a condition is missing here"),
    (f"when: {LOAD}", "when: knee.real < 9", "knee.real", "", "only measures, numbers"),
    (f"when: {LOAD}", "when: knee: 9", "knee: 9", ":", "put the text in quotes"),
    ("clear: trunk > 65", "clear: trunkk > 65", "trunkk", "", "unknown measure 'trunkk' - did you mean 'trunk'?"),
    ("rep.min(bend)", "rep.min(bendd)", "bendd", "", "unknown measure 'bendd' - did you mean 'bend'?"),
    ("rep.min(bend) > 100", "bend > 100", "bend > 100", "", "'bend' changes during a repetition: write rep.min(bend)"),
    ("rep.min(bend)", "rep.mean(bend)", "rep.mean", "", "of a repetition there is"),
    ("evenness: 0.25", "evennes: 0.25", "evennes:", "", "unknown key 'evennes' - did you mean 'evenness'?"),
    (DEEP, DEEP.replace("{knee", "{kneee"), "kneee", "", "unknown measure 'kneee' - did you mean 'knee'?"),
    (DEEP, DEEP.replace("knee_load", "knee_lod"), "knee_lod", "", "unknown warning 'knee_lod' - did you mean"),
    (DEEP, DEEP.replace("80", "95"), "[knee_load]", "", "these numbers raise nothing"),
    (DEEP, DEEP.replace("[knee_load]", "[ ]"), "[ ]", "", "these numbers raise knee_load"),
    (DEEP, DEEP.replace("80", "a"), "{knee: a", "a", "expected a number, not 'a'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "marked", "within", "says"), MISTAKES, ids=[str(row[1])[:40] for row in MISTAKES]
)
def test_a_mistake_has_its_place_and_a_sentence(old: str, new: str, marked: str, within: str, says: str) -> None:
    text = SQUAT.replace(old, new, 1)
    assert text != SQUAT
    found = mistakes(text)
    assert len(found) == 1, found
    assert found[0].startswith(f"squat.yaml:{place_of(text, marked, within)}: "), found[0]
    assert says in found[0]


def test_chinese_before_a_condition_on_its_line_does_not_shift_the_column() -> None:
    text = changed(
        ("  - id: shallow\n    at: rep\n    when: rep.min(bend) > 100\n    level: info\n    " + DEEPER + "\n",
         "  - {id: shallow, say: {zh: 再蹲深一点}, when: \"knee < 9 and trnk > 1\", level: info}\n"),
    )  # fmt: skip
    assert mistakes(text) == [f"squat.yaml:{place_of(text, 'trnk')}: unknown measure 'trnk' - did you mean 'trunk'?"]


def test_a_key_that_is_missing() -> None:
    without_measures = SQUAT.replace("measures:", "measure:")
    found = mistakes(without_measures.replace("measure: bend", "measures: bend"))
    assert found[0] == "squat.yaml:1:1: the key 'measures' is missing here"
    assert "unknown key 'measure' - did you mean 'measures'?" in found[1]


def test_all_mistakes_of_a_file_come_together() -> None:
    text = changed(
        ("measure: bend", "measure: bendd"),
        (LOAD, "kneee < 90"),
        ("clear: trunk > 65", "clear: trunk >"),
        ("point: knee", "point: kneee"),
        ("{tilt: [hip, shoulder]", "{tilt: [hip, sholder]"),
        ("see: [shoulder,", "see: [shouldr,"),
        ('end: "< 110"', 'end: "110"'),
    )
    lines = [int(line.split(":")[1]) for line in mistakes(text)]
    assert len(lines) == 7
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("just words", "expected `key: value` lines"),
        ("- a list", "expected `key: value` lines"),
        ("name: squat", "the key 'measures' is missing here"),
        ("measures: {}\nname: squat\ntitle: a\nreps: {measure: a, start: '> 2', end: '< 1'}", "unknown measure 'a'"),
        ("name: &n squat\ntitle: *n", "refers to another place"),
        ("measures: " + "{a: " * 40 + "1" + "}" * 40, "nested more than"),
    ],
)
def test_files_that_are_something_else(text: str, says: str) -> None:
    assert any(says in line for line in mistakes(text))


def test_examples_may_give_numbers_of_a_repetition() -> None:
    examples = """
  - {given: {rep.min(bend): 105}, expect: [shallow]}
  - {given: {rep.min(bend): 95, rep.s: 2, rep.out_s: 1, rep.back_s: 1}, expect: []}
"""
    assert exercise(("\n  - " + DEEP + "\n", examples))
    wrong = changed(("\n  - " + DEEP + "\n", examples.replace("rep.out_s", "rep.outs")))
    assert mistakes(wrong) == [
        f"squat.yaml:{place_of(wrong, 'rep.outs')}: unknown measure 'rep.outs' - did you mean 'rep.out_s'?"
    ]


def test_what_an_example_does_not_give_is_unknown() -> None:
    assert exercise((DEEP, "{given: {knee: 80}, expect: []}"))


def test_the_file_is_read_from_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "squat.yaml"
    path.write_text(SQUAT, encoding="utf-8")
    assert load_exercise(path).name == "squat"
    other = tmp_path / "lunge.yaml"
    other.write_text(SQUAT, encoding="utf-8")
    with pytest.raises(FileError, match=r"lunge\.yaml:1:7: the name is 'squat' but the file is called 'lunge'"):
        load_exercise(other)
    with pytest.raises(FileError, match=r"none\.yaml:1:1: can't be read: No such file"):
        load_exercise(tmp_path / "none.yaml")
