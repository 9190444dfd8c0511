"""Who hears what."""

from sleepy_server.dashboard.events import Event, Events


def test_newcomers_hear_how_things_stand_unless_it_is_over() -> None:
    events = Events()
    events.publish("training", {"step": 1})
    events.publish("training", {"step": 2})
    events.publish("gate", {"passed": True})
    events.forget("gate")
    with events.listen() as queue:
        assert queue.get_nowait() == Event("training", {"step": 2})
        assert queue.empty()


def test_a_page_that_does_not_read_loses_the_oldest_and_holds_up_nobody() -> None:
    events = Events()
    with events.listen() as queue:
        for step in range(1001):
            events.publish("training", {"step": step})
        assert queue.get_nowait().data == {"step": 1}


def test_who_has_left_is_told_nothing() -> None:
    events = Events()
    with events.listen() as queue:
        pass
    events.publish("training", {"step": 1})
    assert queue.empty()
