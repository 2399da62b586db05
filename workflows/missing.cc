// Orders nobody has told us of. Each has a ticket of its own until a shop has too many of them;
// then one case speaks for all the others, with one ticket. How many they are is not for one case
// to know: the lane counts them and says so with the timer.
#include "workflows/steps.h"
#include "workflows/told.h"

#include <algorithm>

namespace returns::workflows {
bool TellMissing(Turn& turn) {
    Case& subject = turn.subject;
    const std::int64_t missing = turn.event.data.missing.value_or(subject.missing);
    const bool early = subject.missing_told_at != kNoTime &&
                       turn.now() - subject.missing_told_at < kMissingToldEvery;
    // That there are none any more may be said at once: it ends the ticket.
    const bool tells = missing != subject.missing && (!early || missing == 0);
    const bool due = subject.order_due_at <= turn.now();
    if (tells) {
        subject.missing = missing;
        subject.missing_named = turn.event.data.reason;
        subject.missing_told_at = turn.now();
        if (missing == 0) subject.stalled_at = kNoTime;
        if (missing != 0 && subject.stalled_at == kNoTime) subject.stalled_at = turn.now();
    }
    // What changed within the hour is told at its end.
    const bool again = tells || early;
    subject.order_due_at = again ? subject.missing_told_at + kMissingToldEvery : kNever;
    return tells || due;
}

void AskMissingAgain(Turn& turn, Instant again) {
    Case& subject = turn.subject;
    if (subject.missing == 0) return;
    subject.missing = 0;
    subject.missing_named.clear();
    subject.missing_told_at = again - kMissingToldEvery;
    subject.order_due_at = again;
}

}  // namespace returns::workflows
