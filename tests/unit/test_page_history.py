from __future__ import annotations

from page_support import START, History


def statuses(told: History) -> list[tuple[str, str]]:
    return [(visit.state, visit.status) for visit in told.read().visits]


def test_what_was_entered_and_left_succeeded_and_its_way_was_taken() -> None:
    told = History()
    told.add("ExecutionStarted")
    told.enter("A", "Pass")
    told.leave("A", "Pass")
    told.enter("B")
    told.work()
    told.leave("B")
    told.add("ExecutionSucceeded")
    assert statuses(told) == [("A", "succeeded"), ("B", "succeeded")]
    assert told.read().taken == {("A", "B", False): 1}


def test_a_retry_is_another_stretch_of_the_same_visit() -> None:
    told = History()
    told.enter("A")
    told.work(error="Throttled")
    told.work()
    told.leave("A")
    (visit,) = told.read().visits
    assert (visit.status, visit.retries, visit.error) == ("succeeded", 1, None)
    assert [span.failed for span in visit.spans] == [True, False]
    assert visit.seconds(START) == 2 + 2


def test_an_error_that_was_caught_is_told_and_so_is_the_way_after_it() -> None:
    told = History()
    told.enter("A")
    told.work(error="NoSuchKey")
    told.leave("A")
    told.enter("B", "Pass")
    (first, second) = told.read().visits
    assert (first.status, first.error, second.status) == ("caught", "NoSuchKey", "running")
    assert told.read().taken == {("A", "B", True): 1}


def test_the_state_that_ended_the_execution_failed() -> None:
    told = History()
    told.enter("A")
    told.work(error="Broken")
    told.add("ExecutionFailed", error="Broken")
    assert statuses(told) == [("A", "failed")]
    aborted = History()
    aborted.enter("A")
    aborted.add("ExecutionAborted")
    assert statuses(aborted) == [("A", "stopped")]


def test_a_choice_without_a_way_fails_without_an_event_of_its_own() -> None:
    told = History()
    told.enter("A", "Choice")
    told.add("ExecutionFailed", error="States.NoChoiceMatched")
    assert statuses(told) == [("A", "failed")]


def test_iterations_of_a_map_that_run_side_by_side_are_told_apart() -> None:
    told = History()
    told.enter("Each", "Map")
    begun = told.add("MapStateStarted", length=2)
    one = told.add("MapIterationStarted", name="Each", index=0)
    two = told.add("MapIterationStarted", after=begun, name="Each", index=1)
    one = told.enter("Do", "Pass", after=one)
    two = told.enter("Do", "Pass", after=two)
    two = told.leave("Do", "Pass", after=two)
    one = told.leave("Do", "Pass", after=one)
    two = told.enter("Then", "Pass", after=two)
    one = told.add("MapIterationSucceeded", after=one, name="Each", index=0)
    two = told.leave("Then", "Pass", after=two)
    told.add("MapIterationSucceeded", after=two, name="Each", index=1)
    told.add("MapStateSucceeded")
    told.leave("Each", "Map")
    told.enter("After", "Pass")
    told.leave("After", "Pass")
    progress = told.read()
    assert [(visit.state, visit.depth, visit.status) for visit in progress.visits] == [
        ("Each", 0, "succeeded"),
        ("Do", 1, "succeeded"),
        ("Do", 1, "succeeded"),
        ("Then", 1, "succeeded"),
        ("After", 0, "succeeded"),
    ]
    assert progress.taken == {("Do", "Then", False): 1, ("Each", "After", False): 1}


def test_a_branch_that_fails_breaks_off_its_neighbour_and_fails_the_parallel() -> None:
    told = History()
    told.enter("Both", "Parallel")
    begun = told.add("ParallelStateStarted")
    told.enter("Good", "Wait", after=begun)
    told.enter("Bad", after=begun)
    told.work(error="Broken")
    told.add("ParallelStateFailed", error="Broken")
    told.add("ExecutionFailed", error="Broken")
    assert statuses(told) == [("Both", "failed"), ("Good", "stopped"), ("Bad", "failed")]


def test_a_redrive_goes_on_where_it_failed() -> None:
    told = History()
    told.enter("A")
    told.work(error="Broken")
    told.add("ExecutionFailed", error="Broken")
    told.add("ExecutionRedriven")
    told.work()
    told.leave("A")
    told.enter("B", "Succeed")
    told.leave("B", "Succeed")
    told.add("ExecutionSucceeded")
    progress = told.read()
    assert progress.redriven == 1
    assert [(visit.state, visit.status, visit.retries) for visit in progress.visits] == [
        ("A", "succeeded", 1),
        ("B", "succeeded", 0),
    ]
    assert [span.failed for span in progress.visits[0].spans] == [True, False]
    assert progress.taken == {("A", "B", False): 1}


def test_a_state_that_a_redrive_enters_again_is_the_visit_that_failed() -> None:
    told = History()
    told.enter("Both", "Parallel")
    begun = told.add("ParallelStateStarted")
    told.enter("Bad", after=begun)
    failed = told.work(error="Broken")
    told.add("ExecutionFailed", error="Broken")
    told.add("ExecutionRedriven", after=failed)
    told.enter("Both", "Parallel")
    told.enter("Bad", after=failed)
    told.work()
    told.leave("Bad")
    told.add("ParallelStateSucceeded")
    told.leave("Both", "Parallel")
    told.add("ExecutionSucceeded")
    assert statuses(told) == [("Both", "succeeded"), ("Bad", "succeeded")]


def test_what_runs_has_no_end_yet() -> None:
    told = History()
    told.enter("A")
    told.add("TaskScheduled", resource="x", parameters="{}")
    (visit,) = told.read().visits
    assert (visit.status, visit.ended) == ("running", None)
