"""Trying rules: two texts of one exercise judge the same moments."""

import pickle

import pytest

from kiosk.learning.trial import mistakes, try_rules
from kiosk.recent import Moment
from kiosk.yamlfile import FileError
from tests.exercises import SQUAT
from tests.poses import figure, squats, times

KNEE = squats(3)
MOMENTS: list[Moment] = [(t_s, figure(t_s, knee=KNEE(t_s))) for t_s in times(12, 20)]
STRICT = SQUAT.replace('end: "< 110"', 'end: "< 60"')


def test_both_texts_are_judged_by_the_same_moments() -> None:
    trial = try_rules(MOMENTS, "squat", SQUAT, STRICT)
    assert trial.saved is not None
    assert (trial.saved.reps, trial.saved.partials) == (3, 0)
    assert (trial.edited.reps, trial.edited.partials) == (0, 3)
    assert trial.seconds == pytest.approx(11.95)
    assert trial.seen_s == pytest.approx(11.95)


def test_every_warning_is_named_also_one_that_was_never_raised() -> None:
    trial = try_rules(MOMENTS, "squat", SQUAT, STRICT)
    assert trial.edited.warnings.keys() == {"knee_load", "lumbar_load", "shallow"}
    assert trial.edited.warnings["lumbar_load"] == 0


@pytest.mark.parametrize("saved", [None, "", "name: [", SQUAT.replace("name: squat", "name: lunge")])
def test_a_saved_text_that_is_wrong_or_missing_has_no_outcome(saved: str | None) -> None:
    trial = try_rules(MOMENTS, "squat", saved, SQUAT)
    assert trial.saved is None
    assert trial.edited.reps == 3


def test_an_edited_text_that_is_wrong_is_refused_with_its_mistakes_also_from_another_process() -> None:
    wrong = SQUAT.replace("when: knee < 90", "when: kneee < 90")
    with pytest.raises(FileError) as error:
        try_rules(MOMENTS, "squat", SQUAT, wrong)
    assert error.value.problems == mistakes(wrong, "squat")
    assert pickle.loads(pickle.dumps(error.value)).problems == error.value.problems


def test_a_right_text_has_no_mistakes() -> None:
    assert mistakes(SQUAT, "squat") == ()
    assert [problem.file for problem in mistakes("", "squat")] == ["squat.yaml"]


def test_no_moments_come_to_nothing() -> None:
    trial = try_rules([], "squat", SQUAT, SQUAT)
    assert (trial.seconds, trial.seen_s, trial.edited.reps) == (0, 0, 0)
