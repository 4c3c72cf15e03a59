"""Questions that rest on each other have one answer, whatever is asked first."""

from collections.abc import Mapping
from itertools import permutations
from random import Random

import pytest

from lintlight.semantics.screening.circles import Answers


def asked(graph: Mapping[int, list[int]], yes: set[int], first: int, answers: Answers[int]) -> bool:
    return answers.ask(first, lambda: first in yes or any(asked(graph, yes, each, answers) for each in graph[first]))


def reaches(graph: Mapping[int, list[int]], yes: set[int], first: int) -> bool:
    seen, todo = {first}, [first]
    while todo:
        for each in graph[todo.pop()]:
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return bool(seen & yes)


def test_two_that_call_each_other() -> None:
    graph = {0: [1], 1: [0, 2], 2: []}
    for order in permutations(graph):
        answers: Answers[int] = Answers()
        assert {each: asked(graph, {2}, each, answers) for each in order} == {0: True, 1: True, 2: True}


@pytest.mark.parametrize("seed", range(200))
def test_any_graph_in_any_order(seed: int) -> None:
    random = Random(seed)
    size = random.randint(2, 9)
    graph = {each: random.sample(range(size), random.randint(0, min(3, size))) for each in range(size)}
    yes = set(random.sample(range(size), random.randint(0, 2)))
    answers: Answers[int] = Answers()
    order = random.sample(range(size), size)
    for each in order:
        assert asked(graph, yes, each, answers) == reaches(graph, yes, each)


def test_a_large_circle_is_worked_out_in_few_steps() -> None:
    size, steps = 60, 0
    graph = {each: [(each + 1) % size, (each + 7) % size, (each * 3) % size] for each in range(size)}
    answers: Answers[int] = Answers()

    def ask(each: int) -> bool:
        def work() -> bool:
            nonlocal steps
            steps += 1
            return any(ask(other) for other in graph[each])

        return answers.ask(each, work)

    assert not any(ask(each) for each in graph)
    assert steps == size
