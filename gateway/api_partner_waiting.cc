// What we wait for from a partner, and its answers, many at a time: each is an event for the door.
#include "gateway/api_core.h"
#include "gateway/partner_answers.h"
#include "gateway/receipt_view.h"

#include <algorithm>

namespace returns::gateway {
namespace {

constexpr std::size_t kPageMax = 200;

Json Text(std::string_view value) { return Json::String(std::string(value)); }

void SetText(Json& json, std::string name, const std::string& value) {
    if (!value.empty()) json.Set(std::move(name), Json::String(value));
}

Json WaitJson(const WaitPlace& place, const Wait& wait, const Return& header) {
    Json json = Json::Object({{"return_id", Text(header.id)},
                              {"shop", Text(place.key.shop)},
                              {"order_id", Text(place.key.order_id)},
                              {"awaits", Text(Facts(wait.awaits).wire)},
                              {"since", Text(FormatInstant(wait.since))},
                              {"late", Json::Bool(wait.late)}});
    if (wait.due_at != kNever) json.Set("due_at", Text(FormatInstant(wait.due_at)));
    SetText(json, "partner_reference", header.partner_reference);
    SetText(json, "tracking", header.tracking);
    SetText(json, "last_word", header.partner_status);
    Json lines = Json::Array();
    for (const WaitLine& line : wait.lines) {
        Json one = Json::Object({{"id", Text(line.id)},
                                 {"quantity", Json::Int(line.quantity)},
                                 {"awaits", Text(Facts(line.awaits).wire)}});
        SetText(one, "sku", line.sku);
        lines.Append(std::move(one));
    }
    json.Set("lines", std::move(lines));
    Json answers = Json::Array();
    for (const AnswerWord& each : AnswerWords())
        if (Answers(each.word, wait.awaits)) answers.Append(Text(each.word));
    json.Set("answers", std::move(answers));
    return json;
}

const Return* ReturnOf(const Case& subject, const std::string& id) {
    for (const Return& header : subject.returns)
        if (header.id == id) return &header;
    return nullptr;
}

// What each answer came to: its receipt, or why there is none.
struct AnswerPlan {
    std::vector<Json> told;         // by answer; null where a receipt is to come
    std::vector<std::size_t> asks;  // which answer each input is of
    std::vector<Input> inputs;
};

}  // namespace

void Api::Core::GetWaits(const ApiCallPtr& call) {
    const Connection* connection = PartnersConnection(call);
    if (connection == nullptr) return;
    const std::string& name = connection->settings.name;
    WaitPlace after;
    if (const std::string cursor = call->Query("cursor"); !cursor.empty()) {
        const auto place = DecodePlace(cursor);
        if (!place)
            return AnswerProblem(
                call, {.status = 400, .detail = "the cursor is not one of ours, leave it out"});
        after = *place;
    }
    const auto most = std::clamp<std::size_t>(
        static_cast<std::size_t>(parts_.settings.limits.search_results_max), 1, kPageMax);
    const auto places = waits_.After(name, after, most + 1);
    Json items = Json::Array();
    for (std::size_t at = 0; at < std::min(places.size(), most); ++at) {
        const auto subject = desk_.Read(places[at].key);
        if (!subject.ok()) return AnswerProblem(call, ProblemOf(subject.error()));
        const Return* header = ReturnOf(**subject, places[at].return_id);
        const auto wait = header == nullptr ? std::nullopt : WaitOf(**subject, *header);
        if (wait && header->connection == name) items.Append(WaitJson(places[at], *wait, *header));
    }
    Json body = Json::Object({{"connection", Text(name)},
                              {"count", Json::Int(waits_.Count(name))},
                              {"complete", Json::Bool(waits_.complete())},
                              {"items", std::move(items)}});
    if (places.size() > most) body.Set("next", Text(EncodePlace(places[most - 1])));
    AnswerTagged(call, body);
}

void Api::Core::PostAnswers(const ApiCallPtr& call) {
    const auto body = ParseJson(call->request.body);
    if (!body.ok()) return AnswerProblem(call, {.status = 400, .detail = body.error().text});
    const auto& items = (*body)["answers"].Items();
    if (items.empty() || items.size() > kAnswersAtOnce || body->Members().size() != 1) {
        return AnswerProblem(call, {.status = 400,
                                    .detail = "send {\"answers\": [...]} with 1 to " +
                                              std::to_string(kAnswersAtOnce) + " answers"});
    }
    const auto plan = std::make_shared<AnswerPlan>();
    for (std::size_t at = 0; at < items.size(); ++at) {
        const auto answer = ReadAnswer(items[at]);
        if (!answer.ok()) {
            return AnswerProblem(
                call,
                {.status = 422,
                 .code = "invalid_answer",
                 .detail = answer.error().text + " (answer " + std::to_string(at + 1) + " of " +
                           std::to_string(items.size()) + "; none of them was taken)"});
        }
        Json told = Json::Object(
            {{"return_id", Text(answer->return_id)}, {"answer", Text(answer->answer)}});
        auto input = AnswerInput(desk_, *call->caller, *answer, parts_.clock.Now());
        if (input.ok()) {
            plan->asks.push_back(at);
            plan->inputs.push_back(std::move(*input));
        } else {
            const Problem problem = ProblemOf(input.error());
            told.Set("status", Json::Int(problem.status));
            told.Set("reason", Text(problem.detail));
        }
        plan->told.push_back(std::move(told));
    }
    SubmitAll(call, std::move(plan->inputs), [this, plan](const ApiInputs& all) {
        if (all.turned_away) return AnswerReceipts(all, true);
        for (std::size_t at = 0; at < all.receipts.size(); ++at) {
            Json& told = plan->told[plan->asks[at]];
            const Json receipt = ReceiptJson(all.receipts[at], true);
            for (const auto& [name, value] : receipt.Members()) told.Set(name, value);
            told.Set("status", Json::Int(StatusOf(all.receipts[at])));
        }
        AnswerJson(all.call, 202, Json::Object({{"receipts", Json::Array(std::move(plan->told))}}));
    });
}

// Asks for what we have asked of them to be sent again: requests of one return that wait, such as
// for its label. Which of them may go is decided with the case, like everything else.
void Api::Core::PostResend(const ApiCallPtr& call) {
    const auto body = ParseJson(call->request.body);
    if (!body.ok()) return AnswerProblem(call, {.status = 400, .detail = body.error().text});
    const std::string& id = (*body)["return_id"].AsString();
    const std::string& operation = (*body)["operation"].AsString();
    if (id.empty()) return AnswerProblem(call, {.status = 400, .detail = "return_id is missing"});
    const auto key = desk_.FindReturn(*call->caller, id, (*body)["shop"].AsString());
    if (!key.ok()) return AnswerProblem(call, ProblemOf(key.error()));
    const auto subject = desk_.Read(*key);
    if (!subject.ok()) return AnswerProblem(call, ProblemOf(subject.error()));
    std::vector<Input> inputs;
    for (const Command& command : (*subject)->commands) {
        const bool asked = operation.empty() || operation == command.operation;
        if (command.return_id != id || !call->caller->Holds(command.connection) || !asked) continue;
        Input input;
        input.event.type = EventType::kAction;
        input.event.key = *key;
        input.event.source = "key:" + call->caller->name;
        // Each try that failed may be asked about once.
        input.event.source_id = "resend:" + std::to_string(command.number) + ":" +
                                std::to_string(command.attempts) + ":" +
                                FormatInstant(command.not_before);
        input.event.occurred_at = parts_.clock.Now();
        input.event.data.return_id = id;
        input.event.data.action = "resend_command";
        input.event.data.subject = command.number;
        input.event.data.by = call->caller->name;
        inputs.push_back(std::move(input));
    }
    if (inputs.empty()) {
        return AnswerProblem(
            call, {.status = 409,
                   .code = "nothing_to_resend",
                   .detail = "nothing we ask of you for this return is open: it was answered, or "
                             "never asked. GET /v1/returns/{id} has its label and reference"});
    }
    SubmitAll(call, std::move(inputs), [this](const ApiInputs& all) { AnswerReceipts(all, true); });
}

}  // namespace returns::gateway
