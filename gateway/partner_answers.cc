#include "gateway/partner_answers.h"

#include "connectors/crypto.h"
#include "gateway/waiting_board.h"

#include <algorithm>

namespace returns::gateway {
namespace {

const AnswerWord* FindWord(std::string_view word) {
    const auto& words = AnswerWords();
    const auto found = std::find_if(words.begin(), words.end(),
                                    [&](const AnswerWord& each) { return each.word == word; });
    return found == words.end() ? nullptr : &*found;
}

std::string AllWords() {
    std::string all;
    for (const AnswerWord& each : AnswerWords())
        all += (all.empty() ? "" : ", ") + std::string(each.word);
    return all;
}

Status CheckLines(const Case& subject, const Return& header, const PartnerAnswer& answer) {
    for (const Json& line : answer.lines.Items()) {
        const std::string& id = line["id"].AsString();
        const bool known =
            std::any_of(subject.slices.begin(), subject.slices.end(), [&](const Slice& slice) {
                return slice.return_id == header.id && slice.line_id == id;
            });
        if (!known)
            return Invalid("return " + header.id + " has no line '" + id.substr(0, 128) + "'");
    }
    return {};
}

// Since when we wait, so that the same word for a later wait is a new one.
std::string WaitMark(const Case& subject, const Return& header) {
    const auto wait = WaitOf(subject, header);
    return wait ? FormatInstant(wait->since) : "";
}

}  // namespace

const std::vector<AnswerWord>& AnswerWords() {
    static const std::vector<AnswerWord> words = {
        {"arrived", "It has arrived", EventType::kParcelDelivered},
        {"not_arrived", "Looked for, not here", EventType::kPartnerUnknownStatus},
        {"opened", "Opened", EventType::kReturnOpened},
        {"inspected", "Inspected", EventType::kReturnInspected},
        {"lost", "Lost at our place", EventType::kParcelLost},
    };
    return words;
}

bool Answers(std::string_view word, EventType awaited) {
    switch (awaited) {
        case EventType::kParcelDelivered:
            return word != "lost";
        case EventType::kReturnOpened:
            return word == "opened" || word == "inspected" || word == "lost" ||
                   word == "not_arrived";
        case EventType::kReturnInspected:
            return word == "inspected";
        default:
            return false;
    }
}

Result<PartnerAnswer> ReadAnswer(const Json& value) {
    PartnerAnswer answer;
    if (!value.IsObject()) return Invalid("an answer is an object with return_id and answer");
    for (const auto& [name, member] : value.Members()) {
        std::string* text = name == "return_id" ? &answer.return_id
                            : name == "answer"  ? &answer.answer
                            : name == "shop"    ? &answer.shop
                            : name == "id"      ? &answer.id
                                                : nullptr;
        if (text != nullptr) {
            if (!member.IsString()) return Invalid(name + " is text");
            *text = member.AsString();
        } else if (name == "at") {
            ASSIGN_OR_RETURN(answer.at, ParseInstant(member.AsString()));
        } else if (name == "lines") {
            if (!member.IsArray()) return Invalid("lines is a list");
            answer.lines = member;
        } else {
            return Invalid("unknown member '" + name.substr(0, 64) +
                           "', expected return_id, answer, lines, at, id or shop");
        }
    }
    if (answer.return_id.empty()) return Invalid("return_id is missing");
    if (answer.id.size() > 128) return Invalid("id is longer than 128 bytes");
    const AnswerWord* word = FindWord(answer.answer);
    if (word == nullptr) return Invalid("answer is one of " + AllWords());
    const bool counts =
        word->type == EventType::kReturnOpened || word->type == EventType::kReturnInspected;
    if (!counts && !answer.lines.Items().empty())
        return Invalid("lines go with opened and inspected only");
    if (word->type == EventType::kReturnInspected && answer.lines.Items().empty())
        return Invalid("inspected needs lines: {id, accepted, rejected}, totals so far");
    return answer;
}

Result<Input> AnswerInput(Desk& desk, const Caller& caller, const PartnerAnswer& answer,
                          Instant now) {
    const AnswerWord* word = FindWord(answer.answer);
    if (word == nullptr) return Invalid("answer is one of " + AllWords());
    ASSIGN_OR_RETURN(const CaseKey key, desk.FindReturn(caller, answer.return_id, answer.shop));
    ASSIGN_OR_RETURN(const Case* subject, desk.Read(key));
    const auto header =
        std::find_if(subject->returns.begin(), subject->returns.end(),
                     [&](const Return& each) { return each.id == answer.return_id; });
    if (header == subject->returns.end() || !caller.Holds(header->connection))
        return Error{Code::kNotFound, "no return '" + answer.return_id + "' that you may see"};
    RETURN_IF_ERROR(CheckLines(*subject, *header, answer));
    Json data = Json::Object({{"return_id", Json::String(answer.return_id)}});
    if (!answer.lines.Items().empty()) data.Set("lines", answer.lines);
    if (word->type == EventType::kPartnerUnknownStatus)
        data.Set("raw_code", Json::String(answer.answer));
    // Forms are bytes: what is journaled must be clean text.
    ASSIGN_OR_RETURN(const Json clean, ParseJson(WriteJson(data)));
    Input input;
    ASSIGN_OR_RETURN(input.event.data, DecodeEventData(word->type, clean));
    input.event.type = word->type;
    input.event.key = key;
    input.event.connection = header->connection;
    input.event.source = "key:" + caller.name;
    input.event.occurred_at = answer.at == kNoTime ? now : answer.at;
    const std::string text = answer.answer + "\n" + WriteJson(clean) + "\n" +
                             FormatInstant(answer.at) + "\n" + key.shop + "\n" + key.order_id;
    const std::string once = answer.id.empty() ? text + "\n" + WaitMark(*subject, *header)
                                               : answer.return_id + "\n" + answer.id;
    input.event.source_id = "answer:" + connectors::Sha256Hex(once);
    input.digest = connectors::Sha256Hex(text);
    return input;
}

}  // namespace returns::gateway
