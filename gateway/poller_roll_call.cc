// The roll-call. A list is read page by page; what each page says goes through the door before the
// next is asked for. Then the open returns are gone through: what the list did not have is asked
// about by itself where that can be done, else it is unknown there. Where there is no list, each
// return is asked about once a night.
#include "connectors/crypto.h"
#include "gateway/poller.h"
#include "workflows/roll_call.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::int64_t kPagesMax = 1000;
constexpr int kListedPerStep = 16;  // others come in between
constexpr int kFollowedPerStep = 256;
constexpr int kTriesMax = 6;  // for a page
constexpr Millis kPageAgain = std::chrono::minutes(10);
constexpr Millis kNotNow = std::chrono::seconds(10);
// What was announced just before may not be on the list yet.
constexpr Millis kListedAfter = std::chrono::hours(1);
// Their clock may say it was earlier.
constexpr Millis kListedSince = std::chrono::hours(24);
constexpr std::size_t kNamedMax = 20;

std::string HashOf(const std::vector<connectors::Listed>& page) {
    std::string text;
    for (const connectors::Listed& each : page)
        text += each.our_reference + "\n" + each.their_reference + "\n" + each.tracking + "\n" +
                each.status + "\n\n";
    return connectors::Sha256Hex(text);
}

bool Names(const Return& header, const connectors::Listed& listed) {
    if (!listed.our_reference.empty() && listed.our_reference == header.id) return true;
    if (!listed.their_reference.empty() && listed.their_reference == header.partner_reference)
        return true;
    // A number alone may belong to an older parcel: only where they name no return of ours.
    return listed.our_reference.empty() && listed.their_reference.empty() &&
           listed.tracking == header.tracking;
}

}  // namespace

bool Poller::Line::lists() const { return manifest().operations.contains("return.list"); }

const RollCall* Poller::LastRollCall(const std::string& connection) const {
    const auto line = lines_.find(connection);
    if (line == lines_.end() || line->second.figures.roll_call.began_at == kNoTime) return nullptr;
    return &line->second.figures.roll_call;
}

// The first night after the last that ended, or after the start.
Instant Poller::NextCall(const Line& line) const {
    if (!line.lists()) return kNever;
    if (line.run.running) return line.run.asking ? kNever : line.run.not_before;
    const Instant last = line.figures.roll_call.began_at;
    const Instant since = last == kNoTime ? line.run.not_before : last;
    return std::max(NightAfter(since, Jitter(line.figures.connection, kNightLasts)),
                    line.run.not_before);
}

bool Poller::CallRoll(Line& line) {
    const Instant now = clock_.Now();
    RollCallRun& run = line.run;
    if (NextCall(line) > now || !pending_.empty()) return false;
    if (!run.running) {
        if (walked_to_ != 0 || walk_at_ == kNoTime) return false;  // not all open ones are known
        BeginRun(line, now);
        return true;
    }
    for (int n = 0; n < kListedPerStep && !run.left.empty(); ++n) {
        const connectors::Listed listed = std::move(run.left.front());
        run.left.pop_front();
        HearListed(line, listed);
        if (run.left.empty() || !pending_.empty()) return true;
    }
    if (!run.left.empty()) return true;
    if (run.deciding > 0) return false;
    if (run.listing) return AskPage(line);
    return GoThrough(line);
}

void Poller::BeginRun(Line& line, Instant now) {
    RollCallRun& run = line.run;
    const int number = run.number + 1;
    run = RollCallRun();
    run.number = number;
    run.running = run.listing = true;
    run.now.by_list = run.now.complete = true;
    run.now.began_at = run.since = now;
    for (const auto& [subject, followed] : line.followed)
        run.since = std::min(run.since, followed.requested_at);
    run.since -= kListedSince;
    run.not_before = now;
}

bool Poller::AskPage(Line& line) {
    RollCallRun& run = line.run;
    const Json question = Json::Object(
        {{"cursor", Json::String(run.cursor)}, {"since", Json::String(FormatInstant(run.since))}});
    run.asking = true;
    const bool asked =
        dispatcher_.Ask(line.figures.connection, "return.list", question,
                        [this, &line](const connectors::Outcome& o) { HearPage(line, o); });
    if (asked) return true;
    run.asking = false;
    run.not_before = clock_.Now() + kNotNow;
    // A connection that rests, or is stopped, gets no roll-call tonight.
    if (clock_.Now() - run.now.began_at < kNightLasts) return false;
    run.now.trouble = "they could not be asked";
    run.listing = run.now.complete = false;
    return true;
}

void Poller::HearPage(Line& line, const connectors::Outcome& outcome) {
    RollCallRun& run = line.run;
    run.asking = false;
    const bool done = outcome.kind == connectors::OutcomeKind::kDone;
    ++line.figures
          .asked[{"list", done ? outcome.answer : std::string(connectors::Name(outcome.kind))}];
    if (!done) {
        run.now.trouble = outcome.reason;
        if (++run.tries >= kTriesMax) run.listing = run.now.complete = false;
        run.not_before =
            clock_.Now() + std::max(kPageAgain, outcome.retry_after.value_or(Millis(0)));
        return;
    }
    run.now.trouble.clear();
    run.tries = 0;
    ++run.now.pages;
    run.now.listed += static_cast<std::int64_t>(outcome.listed.size());
    run.read_at = outcome.read_at;
    run.left.assign(outcome.listed.begin(), outcome.listed.end());
    run.listing = !outcome.next.empty();
    // Whoever takes no notice of where to go on would go on for ever.
    const std::string page = HashOf(outcome.listed);
    if (run.listing && (outcome.next == run.cursor || page == run.page))
        run.now.trouble = "the same page came again";
    else if (run.listing && run.now.pages >= kPagesMax)
        run.now.trouble = "more than " + std::to_string(kPagesMax) + " pages";
    if (!run.now.trouble.empty()) run.listing = run.now.complete = false;
    run.cursor = outcome.next;
    run.page = page;
}

void Poller::HearListed(Line& line, const connectors::Listed& listed) {
    RollCallRun& run = line.run;
    const auto subject = Find(line, listed);
    if (!subject) {
        if (!listed.open) return;
        ++run.now.unknown;
        const std::string& name = !listed.our_reference.empty()     ? listed.our_reference
                                  : !listed.their_reference.empty() ? listed.their_reference
                                                                    : listed.tracking;
        if (run.now.unknown_named.size() < kNamedMax) run.now.unknown_named.push_back(name);
        return;
    }
    const auto known = line.followed.find(*subject);
    if (known == line.followed.end() && !listed.open) return;  // closed on both sides
    if (known != line.followed.end()) {
        known->second.listed_in = run.number;
        known->second.closed = listed.closed;
        known->second.status = listed.status;
    }
    const int number = run.number;
    for (const Envelope& told : listed.events) {
        ++run.deciding;
        Say(line, *subject, told, run.read_at, [&line, number](bool moved) {
            if (line.run.number != number) return;
            --line.run.deciding;
            line.run.now.healed += moved;
        });
    }
}

std::optional<Poller::Subject> Poller::Find(const Line& line, const connectors::Listed& listed) {
    const std::string& connection = line.figures.connection;
    const std::string& shop = line.connection->settings.shop;
    const Lookup keys[] = {{LookupKind::kOurReference, shop, listed.our_reference},
                           {LookupKind::kReturn, connection, listed.our_reference},
                           {LookupKind::kTheirReference, connection, listed.their_reference},
                           {LookupKind::kTracking, connection, listed.tracking}};
    for (const Lookup& key : keys) {
        if (key.value.empty()) continue;
        const auto cases = engine_.Find(key);
        if (!cases.ok()) continue;
        for (const CaseKey& found : *cases) {
            const auto subject = engine_.Read(found);
            if (!subject.ok() || *subject == nullptr) continue;
            for (const Return& header : (*subject)->returns)
                if (header.connection == connection && Names(header, listed))
                    return Subject{found, header.id};
        }
    }
    return std::nullopt;
}

bool Poller::GoThrough(Line& line) {
    RollCallRun& run = line.run;
    auto at = line.followed.upper_bound(run.at);
    for (int n = 0; n < kFollowedPerStep && at != line.followed.end(); ++n, ++at) {
        run.at = at->first;
        Followed& followed = at->second;
        const bool listed = followed.listed_in == run.number;
        const bool late = followed.heard_at <= run.now.began_at - kListedAfter;
        if (!followed.called || (!listed && (!late || !run.now.complete))) continue;
        ++run.now.asked;
        if (listed && !followed.closed) {
            ++run.now.agreed;
            if (!followed.differs.empty())
                verdicts_.push_back({line.figures.connection, at->first, "", followed.status});
            continue;
        }
        if (!listed && line.knows()) {  // better heard from themselves
            followed.doubted = true;
            Order(line, at->first, followed);
            continue;
        }
        ++run.now.differing;
        verdicts_.push_back(
            {line.figures.connection, at->first,
             std::string(listed ? workflows::kClosedThere : workflows::kUnknownThere),
             listed ? followed.status : ""});
    }
    if (at == line.followed.end()) EndRun(line);
    return true;
}

void Poller::EndRun(Line& line) {
    line.run.running = false;
    line.run.not_before = kNoTime;
    line.run.now.ended_at = clock_.Now();
    line.figures.roll_call = line.run.now;
    Keep(line);
}

void Poller::Keep(const Line& line) {
    engine_.Note(RollCallName(line.figures.connection),
                 WriteJson(RollCallJson(line.figures.roll_call)));
}

// An answer about one return, whyever it was asked for.
void Poller::HeardOne(Line& line, const Subject& subject, Followed& followed,
                      const connectors::Outcome& outcome) {
    if (!line.knows() || !followed.called) return;
    const bool closed = std::any_of(outcome.listed.begin(), outcome.listed.end(),
                                    [](const connectors::Listed& each) { return each.closed; });
    const std::string reason(followed.absent ? workflows::kUnknownThere
                             : closed        ? workflows::kClosedThere
                                             : std::string_view());
    CountNight(line, !reason.empty());
    followed.doubted = false;
    if (!reason.empty() || !followed.differs.empty())
        verdicts_.push_back({line.figures.connection, subject, reason, outcome.status});
}

// Of a list, what it left open is counted as it is heard. Else the count of a day is the roll-call.
void Poller::CountNight(Line& line, bool differs) {
    RollCall& call = line.figures.roll_call;
    const Instant now = clock_.Now();
    const auto day = [](Instant at) { return std::chrono::floor<std::chrono::days>(at); };
    if (!line.lists()) {
        if (call.began_at == kNoTime || day(call.began_at) != day(now)) {
            call = RollCall();
            call.began_at = now;
            call.complete = true;
        }
        ++call.asked;
        call.ended_at = now;
    } else if (call.began_at == kNoTime) {
        return;
    }
    ++(differs ? call.differing : call.agreed);
    Keep(line);
}

// Only once everything that was said has been decided: it may have ended the difference.
bool Poller::TellVerdicts() {
    if (verdicts_.empty() || !pending_.empty() || engine_.queued() > 0) return false;
    const Verdict verdict = std::move(verdicts_.front());
    verdicts_.pop_front();
    Line& line = lines_.at(verdict.connection);
    const auto known = line.followed.find(verdict.subject);
    if (known == line.followed.end() || !known->second.called) return true;
    if (known->second.differs == verdict.reason) return true;  // told before
    Input input;
    input.event.type = EventType::kPartnerRollCall;
    input.event.key = verdict.subject.first;
    input.event.connection = verdict.connection;
    input.event.source = "self";
    input.event.occurred_at = clock_.Now();
    input.event.data.return_id = verdict.subject.second;
    input.event.data.reason = verdict.reason;
    input.event.data.raw_code = verdict.status;
    Offer(std::move(input));
    return true;
}

}  // namespace returns::gateway
