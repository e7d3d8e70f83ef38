//! The redrive on fakes: a task of somebody else is left alone, and what was not answered is looked for.

use std::sync::atomic::Ordering;

use logferry::operate::OperateError;
use logferry::operate::letters::{Moved, move_all};
use logferry::ports::{DeadLetters as _, MoveStatus, MoveTask};
use tokio::sync::watch;

use super::queues::{Mishap, Queues};

#[tokio::test(start_paused = true)]
async fn a_stop_cancels_the_task_once_and_waits_for_its_end() {
    let queues = Queues::default();
    let (stop, stopped) = watch::channel(false);
    let mut looks = 0;
    let progress = |_: &MoveTask| {
        looks += 1;
        queues.is_silent.store(looks == 1, Ordering::Relaxed);
        if looks == 2 {
            stop.send_replace(true);
        }
    };
    let moved = move_all(&queues, ("from", "to"), 50, &stopped, progress).await.unwrap();
    let Moved::Ended(task) = moved else { panic!("{moved:?}") };
    assert_eq!((task.status, task.moved), (MoveStatus::Cancelled, 55));
    assert_eq!(task.destination.as_deref(), Some("to"));
    assert_eq!(queues.counts(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_active_task_is_shown_and_not_replaced() {
    let queues = Queues::default();
    queues.start_move("from", "elsewhere", 9).await.unwrap();
    let (_stop, stopped) = watch::channel(false);
    let moved = move_all(&queues, ("from", "to"), 50, &stopped, |_| {}).await.unwrap();
    let Moved::Busy(task) = moved else { panic!("{moved:?}") };
    assert_eq!(task.destination.as_deref(), Some("elsewhere"));
    assert_eq!(queues.tasks.lock().unwrap().len(), 1);
    assert_eq!(queues.counts(), (1, 0), "it was not even asked for");
}

/// What becomes of it where the stop comes at the first look that shows the task.
async fn stopped_at_once(queues: &Queues) -> Result<Moved, OperateError> {
    let (stop, stopped) = watch::channel(false);
    let progress = |_: &MoveTask| {
        stop.send_replace(true);
    };
    move_all(queues, ("from", "to"), 50, &stopped, progress).await
}

/// Nobody stops it; the task runs until the third look.
async fn undisturbed(queues: &Queues) -> Result<Moved, OperateError> {
    let (_stop, stopped) = watch::channel(false);
    let mut looks = 0;
    let progress = |_: &MoveTask| {
        looks += 1;
        if looks == 3 {
            queues.tasks.lock().unwrap().last_mut().unwrap().status = MoveStatus::Completed;
        }
    };
    move_all(queues, ("from", "to"), 50, &stopped, progress).await
}

#[tokio::test(start_paused = true)]
async fn a_task_that_begins_between_the_look_and_the_start_is_shown_and_left_alone() {
    let queues = Queues::starting([Mishap::Overtaken("elsewhere")]).ended();
    let Moved::Busy(task) = stopped_at_once(&queues).await.unwrap() else { panic!() };
    assert_eq!(task.destination.as_deref(), Some("elsewhere"));
    assert_eq!((queues.counts(), queues.runs()), ((1, 0), true));
    // With our own destination too: the refusal says that it is not ours.
    let queues = Queues::starting([Mishap::Overtaken("to")]);
    assert!(matches!(stopped_at_once(&queues).await.unwrap(), Moved::Busy(_)));
    assert_eq!((queues.counts(), queues.runs()), ((1, 0), true));
    // Nothing arrived, and then somebody else was quicker.
    let queues = Queues::starting([Mishap::NotArrived, Mishap::Overtaken("elsewhere")]);
    assert!(matches!(stopped_at_once(&queues).await.unwrap(), Moved::Busy(_)));
    assert_eq!((queues.counts(), queues.runs()), ((2, 0), true));
}

#[tokio::test(start_paused = true)]
async fn a_start_whose_answer_was_lost_is_looked_for_before_it_is_tried_again() {
    for (mishaps, starts) in [
        (vec![Mishap::AnswerLost], 1),
        (vec![Mishap::AnswerLostAndDone], 1),
        (vec![Mishap::NotArrived], 2),
        (vec![Mishap::NotArrived, Mishap::AnswerLost], 2),
    ] {
        let queues = Queues::starting(mishaps.clone()).ended();
        let moved = undisturbed(&queues).await.unwrap();
        let Moved::Ended(task) = moved else { panic!("{mishaps:?} {moved:?}") };
        // The one before it moved three.
        assert_eq!((task.status, task.moved), (MoveStatus::Completed, 50), "{mishaps:?}");
        assert_eq!(queues.counts(), (starts, 0), "{mishaps:?}");
        assert_eq!(queues.tasks.lock().unwrap().len(), 2, "{mishaps:?}");
    }
    // Nobody can be reached: it ends, and what ended before is not taken for it.
    let queues = Queues::starting([Mishap::NotArrived; 3]).ended();
    let error = undisturbed(&queues).await.unwrap_err();
    assert_eq!(queues.counts().0, 3, "{error}");
    // A plain refusal is not tried again.
    let queues = Queues::starting([Mishap::Refused]).ended();
    let error = undisturbed(&queues).await.unwrap_err();
    assert_eq!(queues.counts().0, 1, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_task_is_not_cancelled_again_once_it_stops_or_has_ended() {
    for (mishap, cancels, end) in [
        (Mishap::AnswerLost, 1, MoveStatus::Cancelled),
        (Mishap::NotArrived, 2, MoveStatus::Cancelled),
        (Mishap::Over, 1, MoveStatus::Completed),
    ] {
        let queues = Queues::cancelling([mishap]);
        let moved = stopped_at_once(&queues).await.unwrap();
        let Moved::Ended(task) = moved else { panic!("{mishap:?} {moved:?}") };
        assert_eq!((task.status, queues.counts().1), (end, cancels), "{mishap:?}");
    }
    // The list may be behind.
    let queues = Queues::default();
    queues.late.store(3, Ordering::Relaxed);
    assert!(matches!(stopped_at_once(&queues).await, Ok(Moved::Ended(_))));
    assert_eq!(queues.counts(), (1, 1));
    // One that goes on after all is told, and not waited for without a word.
    let queues = Queues::cancelling([Mishap::Refused; 9]);
    let error = stopped_at_once(&queues).await.unwrap_err().to_string();
    assert!(error.contains("cancel the task, which goes on"), "{error}");
    assert!(queues.runs());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_behind_does_not_make_the_task_before_ours() {
    let queues = Queues::default().ended();
    queues.behind.store(3, Ordering::Relaxed);
    let Moved::Ended(task) = undisturbed(&queues).await.unwrap() else { panic!() };
    assert_eq!((task.moved, queues.counts()), (50, (1, 0)));
}
