#include "gateway/poller.h"

#include "connectors/crypto.h"
#include "gateway/case_walk.h"
#include "schemas/case_text.h"
#include "workflows/roll_call.h"

#include <algorithm>
#include <array>

namespace returns::gateway {
namespace {

constexpr int kCasesPerLook = 64;
constexpr int kQuestionsPerStep = 16;          // and connection: others come in between
constexpr std::size_t kFollowedMax = 200'000;  // by connection; about 100 MB
constexpr Millis kWalkEvery = std::chrono::hours(24);
constexpr Millis kAskAgain = std::chrono::minutes(10);  // after a question that failed

// What a partner's word can move. Not what waits for us, for the customer's choice or for money.
bool PartnerMoves(ReturnState state) {
    constexpr std::array kStates = {ReturnState::kAuthorised, ReturnState::kInTransit,
                                    ReturnState::kAtPartner,  ReturnState::kInspecting,
                                    ReturnState::kException,  ReturnState::kLost,
                                    ReturnState::kReturning};
    return std::find(kStates.begin(), kStates.end(), state) != kStates.end();
}

bool IsAnnounced(const Case& subject, const Return& header) {
    return std::none_of(
        subject.commands.begin(), subject.commands.end(), [&](const Command& command) {
            return command.return_id == header.id && command.operation == "return.create";
        });
}

Millis JitterOf(const CaseKey& key, const std::string& return_id, Millis span) {
    return Jitter(key.shop + key.order_id + return_id, span);
}

// The same statement has the same id however often it is made.
std::string StatementId(const Envelope& told, Instant read_at) {
    std::string text = std::string(Facts(told.type).wire) + "\n" +
                       WriteJson(EncodeEventData(told.type, told.data));
    if (told.occurred_at != read_at) text += "\n" + FormatInstant(told.occurred_at);
    return connectors::Sha256Hex(text);
}

std::string SubscriptionName(const std::string& connection,
                             const std::pair<CaseKey, std::string>& subject) {
    return "subscription:" + connection + "\n" + subject.first.shop + "\n" +
           subject.first.order_id + "\n" + subject.second;
}

Json Question(const CaseKey& key, const std::string& return_id,
              const std::string& partner_reference, const std::string& tracking) {
    return Json::Object({{"return_id", Json::String(return_id)},
                         {"order_id", Json::String(key.order_id)},
                         {"reference", Json::String(return_id)},
                         {"partner_reference", Json::String(partner_reference)},
                         {"tracking", Json::String(tracking)}});
}

}  // namespace

Poller::Poller(Engine& engine, Clock& clock, Connections& connections, Dispatcher& dispatcher)
    : engine_(engine), clock_(clock), dispatcher_(dispatcher) {
    for (Connection& connection : connections.all()) {
        const std::string& name = connection.settings.name;
        Line line;
        line.connection = &connection;
        const bool asks = !line.manifest().poll.empty() || line.lists();
        if (connection.settings.poll_after_minutes == 0 || !asks) continue;
        line.figures.connection = name;
        if (const auto kept = engine_.archive().Meta(RollCallName(name)); kept.ok())
            line.figures.roll_call = ReadRollCall(*kept);
        line.run.not_before = clock_.Now();
        lines_.emplace(name, std::move(line));
    }
    if (!lines_.empty())
        engine_.OnCommitted("poller", [this](const Case& subject) { Note(subject); });
}

// Through all cases, a few at a time. What another gateway on the same database changes is seen so.
bool Poller::Walk() {
    const Instant now = clock_.Now();
    if (engine_.queued() > 0) return false;
    if (walked_to_ == 0 && walk_at_ != kNoTime && now < walk_at_) return false;
    if (walked_to_ == 0) walk_at_ = now + kWalkEvery;
    const auto next = WalkCases(engine_, walked_to_, kCasesPerLook,
                                [this](const Case& subject) { Note(subject); });
    if (!next.ok()) return false;
    walked_to_ = *next;
    return true;
}

void Poller::Note(const Case& subject) {
    for (const Return& header : subject.returns) {
        const auto line = lines_.find(header.connection);
        if (line != lines_.end()) Follow(line->second, subject, header);
    }
}

void Poller::Follow(Line& line, const Case& subject, const Return& header) {
    const Subject which{subject.key, header.id};
    Instant heard = header.partner_status_at;
    bool open = false, called = false;
    std::string differs;
    for (const Slice& slice : subject.slices) {
        if (slice.return_id != header.id || !PartnerMoves(slice.state)) continue;
        open = true;
        called = called || workflows::IsCalled(slice);
        if (workflows::RollCallDiffers(slice) && slice.stalled_at != kNoTime) differs = slice.cause;
        heard = std::max(heard, slice.entered_at);
    }
    if (!open || !subject.quarantine.empty() || !IsAnnounced(subject, header))
        return Drop(line, which);
    auto known = line.followed.find(which);
    if (known == line.followed.end()) {
        if (line.followed.size() >= kFollowedMax) {
            ++line.figures.not_followed;
            return;
        }
        known = line.followed.emplace(which, Followed()).first;
        known->second.tracking = header.tracking;
        Remember(line, which, known->second);
    }
    Followed& followed = known->second;
    if (followed.tracking != header.tracking) followed.subscribed_at = kNoTime;
    followed.requested_at = header.requested_at;
    followed.heard_at = heard;
    followed.called = called;
    followed.differs = std::move(differs);
    followed.partner_reference = header.partner_reference;
    followed.tracking = header.tracking;
    Order(line, which, followed);
}

void Poller::Drop(Line& line, const Subject& subject) {
    const auto known = line.followed.find(subject);
    if (known == line.followed.end()) return;
    line.due.erase({known->second.due, subject});
    if (known->second.subscribed_at != kNoTime)
        engine_.Note(SubscriptionName(line.figures.connection, subject), "");
    line.followed.erase(known);
}

// A subscription outlives a restart of ours.
void Poller::Remember(Line& line, const Subject& subject, Followed& followed) {
    if (!line.manifest().subscription || followed.tracking.empty()) return;
    const auto kept = engine_.archive().Meta(SubscriptionName(line.figures.connection, subject));
    if (!kept.ok() || !kept->ends_with("\n" + followed.tracking)) return;
    const auto at = ParseInstant(kept->substr(0, kept->find('\n')));
    if (at.ok()) followed.subscribed_at = *at;
}

Instant Poller::NextQuestion(const Line& line, const Subject& subject,
                             const Followed& followed) const {
    const Millis silence = std::chrono::minutes(line.connection->settings.poll_after_minutes);
    if (line.manifest().poll.empty()) return kNever;
    if (followed.doubted) return followed.not_before;
    const Instant spoke = std::max(followed.heard_at, followed.asked_at);
    const Instant silent = spoke + silence + JitterOf(subject.first, subject.second, silence / 4);
    if (line.lists()) return std::max(silent, followed.not_before);
    // Its place in the night: the first after it was asked last, whatever they said meanwhile.
    const Instant since = followed.asked_at == kNoTime ? followed.heard_at : followed.asked_at;
    const Instant night = NightAfter(since, JitterOf(subject.first, subject.second, kNightLasts));
    return std::max(std::min(silent, night), followed.not_before);
}

// A quarter of its life before it ends; the first one at once.
Instant Poller::NextSubscription(const Line& line, const Followed& followed) const {
    const auto& profile = line.connection->connector->manifest().subscription;
    if (!profile || followed.tracking.empty()) return kNever;
    if (line.connection->settings.mode != ConnectionMode::kAct) return kNever;
    if (followed.subscribed_at == kNoTime) return std::max(followed.heard_at, followed.not_before);
    return std::max(followed.subscribed_at + profile->lifetime * 3 / 4, followed.not_before);
}

void Poller::Order(Line& line, const Subject& subject, Followed& followed) const {
    line.due.erase({followed.due, subject});
    if (followed.asking) return;
    followed.due =
        std::min(NextQuestion(line, subject, followed), NextSubscription(line, followed));
    line.due.insert({followed.due, subject});
}

bool Poller::Step() {
    if (lines_.empty() || engine_.failed()) return false;
    bool worked = false;
    std::vector<Input> again;
    again.swap(pending_);
    for (Input& input : again)
        if (!engine_.Offer(input)) pending_.push_back(std::move(input));
    worked = Walk() || worked;
    for (auto& [name, line] : lines_) {
        for (int n = 0; n < kQuestionsPerStep && pending_.empty() && AskNext(line); ++n)
            worked = true;
        worked = CallRoll(line) || worked;
    }
    return TellVerdicts() || worked;
}

bool Poller::AskNext(Line& line) {
    const Instant now = clock_.Now();
    if (line.due.empty() || line.due.begin()->first > now) return false;
    const Subject subject = line.due.begin()->second;
    Followed& followed = line.followed.at(subject);
    const connectors::Manifest& manifest = line.connection->connector->manifest();
    const bool subscribing = NextSubscription(line, followed) <= now;
    const Millis silence = std::chrono::minutes(line.connection->settings.poll_after_minutes);
    const bool silent = std::max(followed.heard_at, followed.asked_at) + silence <= now;
    const std::string why = subscribing                   ? "subscription"
                            : silent && !followed.doubted ? "silence"
                                                          : "roll_call";
    line.due.erase(line.due.begin());
    followed.asking = true;
    const bool asked = dispatcher_.Ask(
        line.figures.connection, subscribing ? manifest.subscription->operation : manifest.poll,
        Question(subject.first, subject.second, followed.partner_reference, followed.tracking),
        [this, &line, subject, why, subscribing](const connectors::Outcome& outcome) {
            Heard(line, subject, why, subscribing, outcome);
        });
    if (asked) return true;
    followed.asking = false;  // not now: it stays where it was
    line.due.insert({followed.due, subject});
    return false;
}

void Poller::Heard(Line& line, const Subject& subject, const std::string& why, bool subscribing,
                   const connectors::Outcome& outcome) {
    const bool done = outcome.kind == connectors::OutcomeKind::kDone;
    const std::string word = done ? outcome.answer : std::string(connectors::Name(outcome.kind));
    ++line.figures.asked[{why, word}];
    const auto known = line.followed.find(subject);
    if (known != line.followed.end()) {
        Followed& followed = known->second;
        followed.asking = false;
        const Instant now = clock_.Now();
        followed.not_before =
            done ? kNoTime : now + std::max(kAskAgain, outcome.retry_after.value_or(Millis(0)));
        if (done && subscribing) {
            followed.subscribed_at = now;
            engine_.Note(SubscriptionName(line.figures.connection, subject),
                         FormatInstant(now) + "\n" + followed.tracking);
        }
        if (subscribing && !done) ++line.figures.renewals_failed;
        if (done && !subscribing) {
            followed.asked_at = now;
            followed.absent = outcome.answer == "absent";
        }
    }
    if (done && !subscribing) Learn(line, subject, outcome);
    if (known == line.followed.end()) return;
    if (done && !subscribing) HeardOne(line, subject, known->second, outcome);
    Order(line, subject, known->second);
}

void Poller::Learn(Line& line, const Subject& subject, const connectors::Outcome& outcome) {
    for (const Envelope& told : outcome.events) {
        const std::string& order = told.key.order_id;
        if (!order.empty() && order != subject.first.order_id)
            ++line.figures.misplaced;
        else
            Say(line, subject, told, outcome.read_at, nullptr);
    }
}

void Poller::Say(Line& line, const Subject& subject, const Envelope& told, Instant read_at,
                 const Moved& moved) {
    Input input;
    input.event = told;
    input.event.key = subject.first;
    input.event.connection = line.figures.connection;
    input.event.source = "poll:" + line.figures.connection;
    EventData& data = input.event.data;
    if (data.return_id.empty() && data.our_reference.empty()) data.return_id = subject.second;
    input.event.source_id = StatementId(input.event, read_at);
    input.digest = input.event.source_id;
    input.done = [&line, moved](const Receipt& receipt) {
        const bool decided = receipt.kind == Receipt::Kind::kDecided && !receipt.repeated;
        const bool news = decided && receipt.verdict == workflows::Verdict::kMoved;
        if (decided) ++(news ? line.figures.learned : line.figures.known);
        if (moved) moved(news);
    };
    Offer(std::move(input));
}

void Poller::Offer(Input input) {
    if (!pending_.empty() || !engine_.Offer(input)) pending_.push_back(std::move(input));
}

Instant Poller::NextDue() const {
    if (lines_.empty()) return kNever;
    Instant next = walked_to_ != 0 ? kNoTime : walk_at_;
    for (const auto& [name, line] : lines_) {
        if (!line.due.empty()) next = std::min(next, line.due.begin()->first);
        next = std::min(next, NextCall(line));
    }
    return next;
}

std::vector<PollFigures> Poller::Figures() const {
    std::vector<PollFigures> all;
    for (const auto& [name, line] : lines_) {
        PollFigures figures = line.figures;
        figures.followed = static_cast<std::int64_t>(line.followed.size());
        const bool subscribes = line.manifest().subscription.has_value();
        const Instant now = clock_.Now();
        for (const auto& [subject, followed] : line.followed) {
            figures.absent += followed.absent;
            figures.differing += !followed.differs.empty();
            figures.unsubscribed +=
                subscribes && !followed.tracking.empty() &&
                (followed.subscribed_at == kNoTime ||
                 followed.subscribed_at + line.manifest().subscription->lifetime <= now);
        }
        all.push_back(std::move(figures));
    }
    return all;
}

}  // namespace returns::gateway
