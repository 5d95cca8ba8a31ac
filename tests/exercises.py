"""An exercise to test with: the squat, and the same with something in its file changed."""

from kiosk.rules.compiler import parse_exercise
from kiosk.rules.exercise import Exercise, Repetitions

SQUAT = """\
name: squat
title: {en: Squat, zh: 深蹲}
view: any
side: near

setup:
  see: [shoulder, hip, knee, ankle, foot_index]
  height: [0.45, 0.95]

measures:
  bend:          {angle: [hip, knee, ankle], space: world}
  knee:          {angle: [hip, knee, ankle]}
  trunk:         {tilt: [hip, shoulder], from: horizontal}
  knee_past_toe: {offset: [foot_index, knee], along: facing, unit: shin}

reps:
  measure: bend
  start: "> 160"
  end: "< 110"
  min_s: 0.8
  max_s: 10

warnings:
  - id: knee_load
    view: side
    when: knee < 90 and knee_past_toe > 0
    for_s: 0.2
    level: danger
    point: knee
    say: {en: "Too much pressure on the knee: do not go so deep", zh: 膝盖压力过大，请控制下蹲深度}
  - id: lumbar_load
    view: side
    when: trunk < 60
    clear: trunk > 65
    for_s: 0.3
    during: [out, end, back]
    level: caution
    point: [hip, shoulder]
    say: {en: "Your back is leaning too far: lift your chest", zh: 腰椎受力异常，请挺胸}
  - id: shallow
    at: rep
    when: rep.min(bend) > 100
    level: info
    say: {en: "Go a little deeper", zh: 再蹲深一点}

tempo:
  out_s: [1.0, 4.0]
  back_s: [0.7, 3.0]
  evenness: 0.25

examples:
  - {given: {knee: 80, trunk: 75, knee_past_toe: 0.1}, expect: [knee_load]}
  - {given: {knee: 80, trunk: 50, knee_past_toe: -0.1}, expect: [lumbar_load]}
  - {given: {knee: 170, trunk: 88, knee_past_toe: -0.2}, expect: []}
"""


def changed(*changes: tuple[str, str]) -> str:
    """The squat's text with each old text, which it has exactly once, replaced by the new one."""
    text = SQUAT
    for old, new in changes:
        assert text.count(old) == 1, f"the squat has {text.count(old)} times {old!r}"
        text = text.replace(old, new)
    return text


def exercise(*changes: tuple[str, str]) -> Exercise:
    """The compiled squat, with changes."""
    return parse_exercise(changed(*changes), "squat", "squat.yaml")


def reps(*changes: tuple[str, str]) -> Repetitions:
    """How the squat, with changes, is counted."""
    rules = exercise(*changes).reps
    assert rules is not None
    return rules
