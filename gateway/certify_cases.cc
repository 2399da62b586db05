#include "gateway/certify_cases.h"

namespace returns::gateway::certify {
namespace {

constexpr unsigned kToldCase = kListening | kPlaying;

// clang-format off
const std::vector<CaseRow> kRows = {
    {"credentials-accepted", "access", "", kCalls, Weight::kLate,
     "Our credentials are accepted.",
     "Nothing reaches them: every return waits until somebody notices.", CredentialsAccepted},
    {"credentials-refused", "access", "", kCalls, Weight::kMoney,
     "A wrong secret is refused with 401 or 403.",
     "Anybody could announce and cancel returns in our name; a key that ran out would not show.",
     CredentialsRefused},

    {"create", "create", "", kCalls | kLookup, Weight::kMoney,
     "A return is announced and found by our reference.",
     "Parcels arrive that nobody there can assign: the refund waits for a person.", CreateAndFind},
    {"create-cut-answer", "create", "", kCalls | kLookup, Weight::kMoney,
     "When their answer gets lost, the look-up by our reference finds the return.",
     "We cannot know whether it was announced: it is announced again, or never.",
     CreateWithCutAnswer},
    {"create-repeat", "create", "", kCalls | kLookup, Weight::kMoney,
     "The same announcement sent again after a lost answer is the same return, or is refused.",
     "A refund could be paid twice because one return stands there twice: two labels, two parcels "
     "expected, two inspections told.", CreateTwice},
    {"create-unicode", "create", "", kCalls, Weight::kLate,
     "A reference with letters beyond ASCII is taken as it is, or refused.",
     "Returns with such references fail or come back garbled, and wait for a person.",
     CreateUnicode},
    {"create-big", "create", "", kCalls, Weight::kLate,
     "A return of 200 lines is taken, or refused with a reason.",
     "Large orders cannot be returned, and nobody is told.", CreateBig},
    {"create-nonsense", "create", "", kCalls, Weight::kNuisance,
     "A return of no pieces is refused with 4xx.",
     "Mistakes of ours become returns that never end.", CreateNonsense},
    {"create-unknown-field", "create", "", kCalls, Weight::kNuisance,
     "A member they do not know is passed over.",
     "Each new member of ours needs a day on which both sides change together.",
     CreateUnknownField},
    {"lookup-absent", "create", "", kCalls | kLookup, Weight::kMoney,
     "A return that was never announced is told as absent.",
     "After a lost answer we cannot announce again, since we never learn that it is not there.",
     LookupAbsent},
    {"label-expiry", "create", "label-expired", kCalls | kLookup | kPlaying, Weight::kLate,
     "The end of a label shows in a callback or in the look-up.",
     "Customers stand at the counter with a label that no longer works.", LabelExpires},

    {"cancel", "cancel", "", kCalls | kCancel, Weight::kLate,
     "A return that is not on its way can be cancelled.",
     "Returns that customers gave up stay open and are chased.", CancelBefore},
    {"cancel-repeat", "cancel", "", kCalls | kCancel, Weight::kLate,
     "Cancelling again after a lost answer is answered clearly.",
     "Whether a return is cancelled stays unknown, and a person has to call.", CancelTwice},
    {"cancel-unknown", "cancel", "", kCalls | kCancel, Weight::kNuisance,
     "Cancelling what never was is refused with 4xx.",
     "A mix-up of references passes for success.", CancelUnknown},
    {"cancel-after-arrival", "cancel", "arrive", kCalls | kCancel | kPlaying, Weight::kMoney,
     "A return whose parcel has arrived cannot be cancelled.",
     "Goods are there and their return is gone: the customer waits for a refund that nobody owes.",
     CancelAfterArrival},
    {"cancel-race", "cancel", "arrive", kCalls | kCancel | kToldCase, Weight::kMoney,
     "When cancelling and arrival meet, one wins and both sides know which.",
     "A return is cancelled and received at once: the refund is refused and owed.", CancelRace},

    {"their-429", "errors", "answer-429", kCalls | kPlaying, Weight::kNuisance,
     "When we call too often they say when to come again.",
     "At peak times we guess: too early again and again, or late.", TheirRateLimit},
    {"their-500", "errors", "answer-500", kCalls | kLookup | kPlaying, Weight::kMoney,
     "After an error of theirs it can be found out whether the return was announced.",
     "Returns are announced twice or not at all after each disturbance.", TheirServerError},
    {"their-slow-answer", "errors", "answer-slow", kCalls | kLookup | kPlaying, Weight::kMoney,
     "A return whose answer came too late is found by our reference.",
     "Returns are announced twice or not at all when they are slow.", TheirSlowAnswer},

    {"signature", "signature", "arrive", kToldCase, Weight::kMoney,
     "Their callbacks are signed as the connector states, and can be read.",
     "Every callback is refused: no return ever moves, and no refund is paid.", SignatureRight},
    {"signature-raw-bytes", "signature", "odd-bytes", kToldCase, Weight::kMoney,
     "The signature is over the bytes as sent, not over JSON written anew.",
     "Callbacks with umlauts, slashes or decimals are refused, so those refunds are late without "
     "a pattern anybody sees.", SignatureOverRawBytes},
    {"clock-skew", "signature", "arrive", kToldCase, Weight::kLate,
     "The time in their signatures is within a minute of ours.",
     "A little more drift, and every callback is refused as stale at once.", ClockRight},
    {"replay-refused", "signature", "arrive", kToldCase, Weight::kLate,
     "A recorded callback is refused a day later, and a changed one at once.",
     "Whoever once saw a message can send it again, and an old inspection looks like a new one.",
     ForgeryAndReplayRefused},
    {"key-rotation", "signature", "rotate-key", kToldCase, Weight::kLate,
     "They can change to a new key while the old one is still accepted.",
     "On the day a key is changed callbacks are lost, or keys are never changed.", KeyRotation},

    {"late", "events", "late", kToldCase, Weight::kMoney,
     "A message that comes late tells when the thing happened.",
     "Legal dates are counted from the wrong day: refunds are late before the law.", LateTimes},
    {"reordered", "events", "reordered", kToldCase, Weight::kLate,
     "The times told put messages that overtook each other in order.",
     "An older word undoes a newer one on the customer's page.", Reordered},
    {"partial-absolute", "events", "partial", kToldCase, Weight::kMoney,
     "After a second part the message tells what there is in all, not what was added.",
     "A lost or repeated message changes the count: too much is refunded, or too little.",
     PartialCounts},
    {"short", "events", "short", kToldCase, Weight::kMoney,
     "A missing piece is told.",
     "The customer is paid for what never came back, or nobody knows what is disputed.",
     ShortParcel},
    {"empty-box", "events", "empty", kToldCase, Weight::kMoney,
     "An empty box is told as one, with nothing accepted.",
     "Empty boxes are paid for.", EmptyBox},
    {"wrong-item", "events", "wrong-item", kToldCase, Weight::kMoney,
     "Another article is told as one, with nothing accepted.",
     "A brick is paid for like the camera.", WrongItem},

    {"repeat-same-id", "delivery", "repeat", kToldCase, Weight::kMoney,
     "A message sent again has the id it had.",
     "A repeat looks like news: an inspection counts twice.", RepeatSameId},
    {"retry-429", "delivery", "arrive", kToldCase, Weight::kLate,
     "A message that we answered 429 comes again, not sooner than we asked.",
     "What is told at our busiest hour is lost, and those refunds wait for a poll.",
     RetryAfterRateLimit},
    {"retry-500", "delivery", "arrive", kToldCase, Weight::kMoney,
     "A message that we answered 500 twice comes a third time, after a pause.",
     "What is told while we are disturbed is lost, or their repeats keep us down.",
     RetryAfterServerError},
    {"retry-slow", "delivery", "arrive", kToldCase, Weight::kLate,
     "A message whose answer does not come is sent again.",
     "What is told while we are slow is lost.", RetryAfterSlowAnswer},
    {"retry-outage", "delivery", "arrive", kToldCase, Weight::kMoney,
     "What happens while our address does not answer is told afterwards.",
     "After each of our outages returns stand still until somebody compares lists.",
     RetryAfterOutage},
    {"no-retry-after-2xx", "delivery", "arrive", kToldCase, Weight::kNuisance,
     "What we have taken does not come again, over the whole run.",
     "Needless traffic, and a load that grows with every disturbance.", NoNeedlessRetry},
};
// clang-format on

}  // namespace

const std::vector<CaseRow>& Cases() { return kRows; }

const CaseRow* FindCase(std::string_view name) {
    for (const CaseRow& row : kRows)
        if (row.name == name) return &row;
    return nullptr;
}

}  // namespace returns::gateway::certify
