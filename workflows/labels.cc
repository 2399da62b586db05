// Labels that others ask us for: a platform on which customers start their returns wants to show
// them a label, and the partner that the return is routed to issues it.

#include "workflows/steps.h"

#include <algorithm>

namespace returns::workflows {
namespace {

constexpr std::string_view kGive = "label.create", kRefuse = "label.refuse";

bool MayComeYet(const Slice& slice) {
    return slice.state == ReturnState::kRequested || slice.state == ReturnState::kInReview ||
           slice.state == ReturnState::kAuthorised;
}

// Why there will be no label; "" while there may be one.
std::string WhyNone(const Case& subject, const Return& header) {
    std::string state;
    for (const Slice& slice : subject.slices) {
        if (slice.return_id != header.id) continue;
        if (MayComeYet(slice)) return "";
        state = Name(slice.state);
    }
    return "the return is " + state;
}

bool Takes(const Turn& turn, const std::string& connection, std::string_view operation) {
    const ConnectionFacts* known = turn.book.Find(connection);
    return known != nullptr && known->operations.count(std::string(operation)) != 0;
}

void Say(Turn& turn, const Return& header, std::string_view operation, Json body) {
    if (!Takes(turn, header.label_asked_by, operation)) return;
    body.Set("return_id", Json::String(header.id));
    body.Set("order_id", Json::String(turn.subject.key.order_id));
    body.Set("request", Json::String(header.label_request));
    Command command;
    command.operation = operation;
    command.connection = header.label_asked_by;
    command.return_id = header.id;
    command.body = std::move(body);
    Emit(turn, std::move(command));
}

bool IsUnsentAnswer(const Command& command, const std::string& return_id) {
    return command.return_id == return_id && command.attempts == 0 &&
           command.state == CommandState::kWaiting &&
           (command.operation == kGive || command.operation == kRefuse);
}

}  // namespace

// Whoever asks may speak for nothing else of the return: the goods are its partner's to tell.
Told OnLabelRequested(Turn& turn) {
    Return* header = ReturnOf(turn);
    if (header == nullptr) return Ignored("it cannot be told which return this is about");
    const std::string& asker = turn.event.connection;
    if (!Takes(turn, asker, kGive)) return Refused("no label can be given to whoever asks for it");
    const std::string& request = turn.event.data.their_reference;
    if (header->label_asked_by == asker && header->label_request == request)
        return Ignored("this label was asked for already");
    std::erase_if(turn.subject.commands,
                  [&](const Command& command) { return IsUnsentAnswer(command, header->id); });
    header->label_asked_by = asker;
    header->label_request = request;
    header->label_told = false;
    return Moved();
}

void AnswerLabels(Turn& turn) {
    for (Return& header : turn.subject.returns) {
        if (header.label_asked_by.empty() || header.label_told) continue;
        const std::string none = WhyNone(turn.subject, header);
        const bool labelled = !header.label_url.empty() && !header.tracking.empty();
        if (none.empty() && !labelled) continue;
        header.label_told = true;
        if (labelled && none.empty()) {
            Say(turn, header, kGive,
                Json::Object({{"tracking", Json::String(header.tracking)},
                              {"carrier", Json::String(header.carrier)},
                              {"label_url", Json::String(header.label_url)},
                              {"currency", Json::String(turn.subject.currency)}}));
        } else {
            Say(turn, header, kRefuse, Json::Object({{"reason", Json::String(none)}}));
        }
    }
}

}  // namespace returns::workflows
