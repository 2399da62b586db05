// Checks the checkers: each planted bug, put in from outside the product through data or a port,
// must be caught by the check it belongs to, and the same seeds without it must pass.
#include "tests/sim/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <ostream>

namespace returns::sim {

void PrintTo(const Plant& plant, std::ostream* out) { *out << plant.name; }

namespace {

using connectors::HttpResult;
using connectors::TransportFailure;

Json Words(const std::string& text) {
    auto parsed = ParseJson(text);
    CHECK(parsed.ok());
    return *parsed;
}

Plant Named(const std::string& name, const std::string& caught_by) {
    Plant plant;
    plant.name = name;
    plant.caught_by = caught_by;
    return plant;
}

bool IsRefund(const HttpCall& call) {
    return call.base_url == "sim://psp" && call.request.method == "POST";
}

// Whatever transport says nobody knows about becomes this answer.
Plant Misreads(const std::string& name, const std::string& base_url, int status,
               const std::string& body, const std::string& caught_by) {
    Plant plant = Named(name, caught_by);
    plant.complete = [base_url, status, body](const HttpCall& call, HttpResult& result) {
        if (call.base_url != base_url || call.request.method != "POST") return;
        const bool unknown = result.failure == TransportFailure::kMaybeSent ||
                             (result.failure == TransportFailure::kNone &&
                              (result.answer.status >= 500 || !result.answer.complete));
        if (!unknown) return;
        result = HttpResult{};
        result.answer.status = status;
        result.answer.body = body;
    };
    return plant;
}

std::vector<Plant> StorePlants() {
    std::vector<Plant> plants;
    Plant outbox = Named("StoreForgetsAnOutboxRow", "outbox");
    outbox.write = [](Batch& batch) {
        for (CaseChange& change : batch.changes)
            if (change.version_before % 5 == 4) change.outbox_put.clear();
    };
    plants.push_back(outbox);
    Plant removed = Named("StoreKeepsFinishedCommands", "outbox");
    removed.write = [](Batch& batch) {
        for (CaseChange& change : batch.changes) change.outbox_remove.clear();
    };
    plants.push_back(removed);
    Plant offsets = Named("OffsetsCommittedBeforeTheRow", "nothing_lost");
    offsets.offsets_first = true;
    plants.push_back(offsets);
    Plant started = Named("AttemptStartedNotStored", "sent_unrecorded");
    started.write = [](Batch& batch) {
        if (batch.changes.empty()) return;
        const std::string& body = batch.changes.back().row.body;
        if (body.find("\"type\":\"attempt.started\"") != std::string::npos &&
            body.find("READY") != std::string::npos)
            batch.changes.pop_back();
    };
    plants.push_back(started);
    Plant lookups = Named("LookUpsNotWritten", "stays_parked");
    lookups.write = [](Batch& batch) {
        for (CaseChange& change : batch.changes) change.lookups.clear();
    };
    plants.push_back(lookups);
    Plant dates = Named("LegalDateMovedLater", "legal_date");
    dates.write = [](Batch& batch) {
        for (CaseChange& change : batch.changes)
            for (Return& header : change.after.returns)
                if (header.legal_deadline != kNoTime) header.legal_deadline += kDay;
    };
    plants.push_back(dates);
    Plant journal = Named("JournalTellsAnotherCase", "replay");
    journal.write = [](Batch& batch) {
        for (CaseChange& change : batch.changes)
            for (OrderLine& line : change.after.lines) line.tax_rate = "0.07";
    };
    plants.push_back(journal);
    Plant blank = Named("RepeatsNotRecognised", "repeat");
    blank.load = [](Case& subject) {
        for (Seen& seen : subject.seen) seen.fingerprint = 1;
    };
    blank.seeds = 600;
    plants.push_back(blank);
    Plant parked = Named("ParkedInputNeverTriedAgain", "parked_fits");
    parked.hides_parked = true;
    parked.first_seed = 1500;
    parked.seeds = 2500;
    plants.push_back(parked);
    return plants;
}

std::vector<Plant> MoneyPlants() {
    std::vector<Plant> plants;
    Plant keys = Named("NewKeyForEachAttempt", "double_refund");
    keys.submit = [count = 0](HttpCall& call) mutable {
        for (auto& [name, value] : call.request.headers)
            if (name == "Idempotency-Key") value += std::to_string(++count);
    };
    keys.first_seed = 200, keys.seeds = 400;  // growing pauses make the race rare
    plants.push_back(keys);
    plants.push_back(Misreads("TimeOutReadAsRefused", "sim://psp", 402,
                              R"({"error":{"code":"lost_or_stolen_card"}})", "definite_no"));
    plants.push_back(Misreads("DoubtReadAsNotDone", "sim://psp", 429, "{}", "definite_no"));
    plants.back().first_seed = 201, plants.back().seeds = 2'000;
    plants.push_back(Misreads("DeskDoubtReadAsNotDone", "sim://desk", 429, "{}", "one_incident"));
    Plant window = Named("KeyWindowLongerThanTheProviders", "double_refund");
    window.provider_key_window = kMinute;
    window.first_seed = 200, window.seeds = 400;
    plants.push_back(window);
    Plant larger = Named("AmountChangedOnTheWay", "amount");
    larger.submit = [](HttpCall& call) {
        const std::size_t at = call.request.body.find("amount=");
        if (IsRefund(call)) call.request.body.insert(at + 7, "1");
    };
    plants.push_back(larger);
    Plant unasked = Named("SendsWithoutAsking", "unapproved");
    unasked.forgets_to_ask = true;
    plants.push_back(unasked);
    Plant silence = Named("NeverAsksThoseWhoAreSilent", "unheard");
    silence.never_asks = true;
    silence.first_seed = 18;
    plants.push_back(silence);
    return plants;
}

std::vector<Plant> RulePlants() {
    std::vector<Plant> plants;
    Plant retry = Named("UnknownRetriedWithANewKey", "definite_no");
    retry.definitions = [](Json&, Json& refunds, Json&) {
        Set(refunds, {"states", "UNKNOWN", "after", "look_up"},
            Words(R"({"target":"READY","actions":["retire_key"]})"));
    };
    plants.push_back(retry);
    Plant failed = Named("FailedOnTimeOut", "definite_no");
    failed.definitions = [](Json&, Json& refunds, Json&) {
        Set(refunds, {"states", "SUBMITTING", "on", "in_doubt"}, Json::String("FAILED"));
        Set(refunds, {"states", "SUBMITTING", "after", "submitting"}, Json::String("FAILED"));
    };
    plants.push_back(failed);
    Plant timer = Named("TimerPays", "unearned");
    timer.definitions = [](Json& returns, Json&, Json&) {
        Set(returns, {"states", "AT_PARTNER", "after", "dock"}, Json::String("ACCEPTED"));
        Set(returns, {"states", "INSPECTING", "after", "inspection"}, Json::String("ACCEPTED"));
    };
    plants.push_back(timer);
    Plant bounce = Named("BounceIgnored", "books_agree");
    bounce.seeds = 600;
    bounce.definitions = [](Json&, Json& refunds, Json&) {
        Remove(refunds, {"states", "SETTLED", "on", "bounced"});
        Remove(refunds, {"states", "CLOSED", "on", "bounced"});
    };
    plants.push_back(bounce);
    Plant silent = Named("StallsToldToNobody", "stalled_unseen");
    silent.book = [](workflows::Rulebook& book) {
        std::erase_if(book.connections, [](const auto& each) { return each.kind == "desk"; });
    };
    plants.push_back(silent);
    Plant cursor = Named("PublishedCursorTooEarly", "published");
    cursor.acknowledges_early = true;
    plants.push_back(cursor);
    return plants;
}

// Wrong in one place of the provider's mapping, where an integrator would be wrong.
Plant Mistranslates(const std::string& name, const std::string& file, const std::string& right,
                    const std::string& wrong, const std::string& caught_by, int first_seed = 1) {
    Plant plant = Named(name, caught_by);
    plant.first_seed = first_seed;
    plant.seeds = first_seed + 600;
    plant.files = [file, right, wrong](const std::string& folder,
                                       connectors::Connector::Files& files) {
        if (folder != "payment/stripe") return;
        std::string& text = files.at(file);
        const std::size_t at = text.find(right);
        CHECK(at != std::string::npos);
        text.replace(at, right.size(), wrong);
    };
    return plant;
}

std::vector<Plant> MappingPlants() {
    return {
        Mistranslates("UnknownStatusReadAsRefused", "refund.jq",
                      R"((.status == "failed" or .status == "canceled") | not)",
                      R"(.status == "succeeded" or .status == "pending")", "definite_no", 510),
        Mistranslates("OthersRefundTakenForOurs", "refund.jq",
                      "select(.metadata.reference == $command.reference", "select(true",
                      "settled_in_book", 3090),
        Mistranslates("PendingReadAsPaid", "refund.jq", R"(.status == "succeeded" then facts)",
                      R"(.status != "failed" then facts)", "settled_in_book"),
        Mistranslates("RefusedReadAsPaid", "event.jq", R"("failed" or .status == "canceled" then)",
                      R"("canceled" then {type: "refund.settled", data: $data} elif false then)",
                      "explained"),
        Mistranslates("LostChargebackReadAsWon", "event.jq", R"(.status == "won")",
                      R"(.status == "won" or .status == "lost")", "overpaid", 200),
    };
}

std::vector<Plant> DeafPlants() {
    const auto deaf = [](const std::string& name, EventType from, EventType to,
                         const std::string& caught_by, int first_seed) {
        Plant plant = Named(name, caught_by);
        plant.first_seed = first_seed;
        plant.seeds = first_seed + 800;
        plant.hears = [from, to](const Envelope& event) {
            return event.type < from || event.type > to;
        };
        return plant;
    };
    std::vector<Plant> plants = {deaf("BounceNeverHeard", EventType::kRefundBounced,
                                      EventType::kRefundBounced, "explained", 55),
                                 deaf("ChargebackNeverHeard", EventType::kDisputeOpened,
                                      EventType::kDisputeLost, "overpaid", 220)};
    Plant outbox = Named("OutboxLostOnRestart", "waits_for_ever");
    outbox.hides_outbox = true;
    plants.push_back(outbox);
    Plant timers = Named("TimersForgotten", "stalled_unseen");
    timers.forgets_timers = true;
    plants.push_back(timers);
    Plant unwritten = Named("SettledAcknowledgedAndNotWritten", "nothing_lost");
    unwritten.write = [](Batch& batch) {
        if (batch.changes.size() == 1 &&
            batch.changes.back().row.body.find("\"type\":\"refund.settled\"") != std::string::npos)
            batch.changes.clear();
    };
    plants.push_back(unwritten);
    return plants;
}

// Each of them takes silence, or a later word, for an answer about money.
std::vector<Plant> DoubtPlants() {
    const auto changes = [](const std::string& name, const std::vector<std::string>& path,
                            const std::string& edge, const std::string& caught_by,
                            int first_seed = 1) {
        Plant plant = Named(name, caught_by);
        plant.first_seed = first_seed;
        plant.seeds = first_seed + 800;
        plant.definitions = [path, edge](Json&, Json& refunds, Json&) {
            Set(refunds, path, Words(edge));
        };
        return plant;
    };
    std::vector<Plant> plants = {
        changes("AbsenceBelieved", {"states", "UNKNOWN", "on", "same_key_resend"},
                R"({"target":"FAILED"})", "definite_no"),
        changes("PendingGivenUpAndPaidAgain", {"states", "PENDING", "after", "pending"},
                R"({"target":"READY","actions":["retire_key"]})", "definite_no"),
        changes("ContestedTakenForDead", {"states", "CONTESTED", "after", "reply_by"},
                R"({"target":"DISPUTED"})", "definite_no", 210),
        changes("DoubtForgotten", {"states", "SUBMITTING", "on", "in_doubt"},
                R"({"target":"CANCELLED"})", "definite_no"),
    };
    Plant adopted = Named("AdoptedRefundRepeated", "explained");
    adopted.first_seed = 95, adopted.seeds = 900;
    adopted.definitions = [](Json&, Json& refunds, Json&) {
        for (const char* state : {"NOT_DUE", "DUE", "READY"})
            Remove(refunds, {"states", state, "on", "paid"});
    };
    plants.push_back(adopted);
    return plants;
}

std::vector<Plant> AllPlants() {
    std::vector<Plant> plants = StorePlants();
    for (auto* more : {MoneyPlants, RulePlants, MappingPlants, DeafPlants, DoubtPlants})
        for (Plant& plant : more()) plants.push_back(std::move(plant));
    return plants;
}

std::string FirstViolation(std::uint64_t seed, Kit& kit) {
    World world(seed, kit);
    world.Run();
    return world.scene().violations.empty() ? "" : world.scene().violations.front();
}

class PlantedBug : public testing::TestWithParam<Plant> {};

TEST_P(PlantedBug, IsCaught) {
    const Plant& plant = GetParam();
    const std::unique_ptr<Kit> bad = MakeKit(plant);
    const std::unique_ptr<Kit> good = MakeKit();
    std::map<std::string, int> others;
    for (int seed = plant.first_seed; seed <= plant.seeds; ++seed) {
        const std::string violation = FirstViolation(static_cast<std::uint64_t>(seed), *bad);
        const std::string kind = violation.substr(0, violation.find(':'));
        if (kind != plant.caught_by) {
            if (!kind.empty()) ++others[violation];
            continue;
        }
        EXPECT_EQ(FirstViolation(static_cast<std::uint64_t>(seed), *good), "");
        std::cout << plant.name << " is caught by '" << violation << "' in seed " << seed << '\n';
        return;
    }
    std::string said;
    for (const auto& [violation, times] : others) said += "\n  " + violation;
    FAIL() << plant.name << ": '" << plant.caught_by << "' did not speak in " << plant.seeds
           << " seeds; what did:" << said.substr(0, 2000);
}

INSTANTIATE_TEST_SUITE_P(All, PlantedBug, testing::ValuesIn(AllPlants()),
                         [](const auto& about) { return about.param.name; });

}  // namespace
}  // namespace returns::sim
