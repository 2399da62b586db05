// What operators do on the pages of connections: modes, the kill switch, approvals.
#include "connectors/crypto.h"
#include "gateway/connection_words.h"
#include "gateway/pages_core.h"
#include "gateway/plain_words.h"
#include "gateway/submit.h"
#include "schemas/money.h"

#include <algorithm>

namespace returns::gateway {
namespace {

Json Text(std::string_view value) { return Json::String(std::string(value)); }

Json Told(std::string_view tone, const std::string& text) {
    return Json::Object({{"tone", Text(tone)}, {"text", Text(text)}});
}

std::string ToldOfSwitch(const SwitchRow& row) {
    if (row.what == "mode")
        return "Done. " + row.connection + " " + PlainSwitched("mode", row.after) +
               " from now on. Before: " + PlainSwitched("mode", row.before) + ".";
    if (row.after == "yes")
        return "Done. " + row.connection +
               " is stopped: nothing is sent until somebody lets it "
               "go on.";
    return "Done. " + row.connection + " goes on.";
}

std::string Requests(std::int64_t n) {
    return std::to_string(n) + (n == 1 ? " request" : " requests");
}

// What came of approving many, from the numbers the answer carried.
Json ToldOfMany(std::int64_t approved, std::int64_t others, std::int64_t left) {
    std::string text = Requests(approved) + " approved.";
    if (others > 0)
        text += " " + Requests(others) + " had changed in between, or need another person's word.";
    if (left > 0) text += " " + Requests(left) + " are left: approve again for the next.";
    return Told(approved > 0 ? "good" : "wait", text);
}

}  // namespace

Json Pages::Core::ToldOfConnection(const PageCall& call, const Connection& connection,
                                   const std::vector<SwitchRow>& history) const {
    const std::string told = call.Query("told");
    if (told == "same") return Told("", "Nothing changed: it was set so already.");
    if (told == "many")
        return ToldOfMany(ReadNumber(call.Query("approved")), ReadNumber(call.Query("others")),
                          ReadNumber(call.Query("left")));
    if (told == "differs") {
        return Told("bad",
                    "Nothing was approved: what waits had changed since you saw it. Look again, "
                    "then approve.");
    }
    if (told == "one") {
        const auto row = parts_.desk.engine().archive().Row(ReadNumber(call.Query("row")));
        const auto entry = row.ok() && *row ? DecodeEntry((*row)->body)
                                            : Result<JournalEntry>(Invalid("no such row"));
        if (!entry.ok() || entry->event.data.action != "approve_command" ||
            !parts_.desk.SeesShop(*call.caller, entry->event.key.shop))
            return {};
        const Envelope& event = entry->event;
        if (entry->verdict != workflows::Verdict::kMoved)
            return Told("bad", "Not approved: " + PlainReason(entry->reason) + ".");
        std::string text = "Approved by " + event.data.by + ": order " + event.key.order_id + ".";
        for (const auto& waiting : parts_.dispatcher->WaitingOf(event.key))
            if (waiting.command->number == event.data.subject && waiting.approvals_missing > 0)
                text += " One person more has to approve it.";
        return Told("good", text);
    }
    const std::int64_t id = ReadNumber(told);
    const auto row = std::find_if(history.begin(), history.end(),
                                  [&](const SwitchRow& each) { return each.id == id; });
    if (id == 0 || row == history.end()) return {};
    return Told(
        row->what == "stopped" && row->after == "yes" && connection.stopped ? "bad" : "good",
        ToldOfSwitch(*row));
}

void Pages::Core::PostConnection(const PageCallPtr& call) {
    const Connection* connection = ConnectionOf(call);
    if (connection == nullptr) return;
    if (call->caller->role != Role::kOperator) {
        return Refuse(call, {.status = 403,
                             .detail = "Only an operator may switch connections and approve."});
    }
    const std::string& what = call->page.path[2];
    if (what == "approve") return PostApproval(call, *connection);
    if (what == "mode" || what == "stop" || what == "resume") return PostSwitch(call, *connection);
    Refuse(call, {.status = 404, .detail = "There is no such page."});
}

void Pages::Core::PostSwitch(const PageCallPtr& call, const Connection& connection) {
    const std::string& what = call->page.path[2];
    const std::string& name = connection.settings.name;
    std::string reason = call->Form("reason");
    reason.erase(0, reason.find_first_not_of(" \t\r\n"));
    if (!ParseJson(WriteJson(Json::String(reason))).ok())
        return Refuse(call, {.status = 400, .detail = "The reason is not text."});
    const auto newest = [&] {
        const auto rows = parts_.switches->History(name);
        return rows.ok() && !rows->empty() ? rows->front().id : 0;
    };
    const std::int64_t before = newest();
    const std::string& by = call->caller->name;
    const Status done = what == "mode"
                            ? parts_.switches->SetMode(name, call->Form("mode"), by, reason)
                            : parts_.switches->SetStopped(name, what == "stop", by, reason);
    if (!done.ok()) return Refuse(call, ProblemOf(done.error()));
    const std::int64_t after = newest();
    const std::string told = after == before ? "same" : std::to_string(after);
    Send(call, 303, ConnectionPath(name) + "?told=" + told + "#told");
}

void Pages::Core::PostApproval(const PageCallPtr& call, const Connection& connection) {
    const WaitingFilter filter =
        ReadFilter(connection.settings, [&](std::string_view name) { return call->Form(name); });
    if (!filter.wrong.empty()) return Refuse(call, {.status = 422, .detail = filter.wrong});
    const std::string back = ConnectionPath(connection.settings.name);
    std::vector<Input> inputs;
    std::int64_t left = 0;
    const bool one = !call->Form("number").empty();
    if (one) {
        auto input = ApprovalOf(*parts_.dispatcher, parts_.desk, *call->caller, filter.query,
                                ReadNumber(call->Form("number")));
        if (!input.ok() && input.error().code == Code::kNotFound)
            return Send(call, 303, back + "?told=differs#told");
        if (!input.ok()) return Refuse(call, ProblemOf(input.error()));
        inputs.push_back(std::move(*input));
    } else {
        const std::string count = call->Form("count");
        auto all = ApprovalOfAll(*parts_.dispatcher, parts_.desk, *call->caller, filter.query,
                                 count.empty() ? -1 : ReadNumber(count));
        if (!all.ok() && all.error().code == Code::kConflict)
            return Send(call, 303, back + "?told=differs#told");
        if (!all.ok()) return Refuse(call, ProblemOf(all.error()));
        inputs = std::move(all->inputs);
        left = all->left;
    }
    SubmitEach(
        parts_.desk.engine(), std::move(inputs),
        [this, call, back, one, left](const std::vector<Receipt>& receipts, bool all) {
            const bool stored = std::none_of(
                receipts.begin(), receipts.end(),
                [&](const Receipt& receipt) { return receipt.kind == Receipt::Kind::kFailed; });
            if (!all || !stored) {
                return Refuse(call, {.status = 503,
                                     .detail = "Not everything was approved: too much is "
                                               "going on, or the database takes no writes. "
                                               "Look again in a moment."});
            }
            if (one)
                return Send(call, 303,
                            back + "?told=one&row=" + std::to_string(receipts[0].seq) + "#told");
            const auto good = std::count_if(
                receipts.begin(), receipts.end(),
                [](const Receipt& receipt) { return Approved(receipt) && !receipt.repeated; });
            const auto others = static_cast<std::ptrdiff_t>(receipts.size()) - good;
            Send(call, 303,
                 back + "?told=many&approved=" + std::to_string(good) + "&others=" +
                     std::to_string(others) + "&left=" + std::to_string(left) + "#told");
        });
}

}  // namespace returns::gateway
