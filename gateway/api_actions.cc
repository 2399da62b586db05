// POST /v1/returns/{id}/actions/{action}: what a person wants done.
#include "connectors/crypto.h"
#include "gateway/api_core.h"
#include "gateway/receipt_view.h"

namespace returns::gateway {
namespace {

constexpr std::size_t kOnceMax = 255;

// "8e03978e" or 8e03978e: the quoted form of the draft standard and the bare one in wide use.
std::string_view Unquoted(std::string_view key) {
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') {
        key.remove_prefix(1);
        key.remove_suffix(1);
    }
    return key;
}

bool IsJson(std::string_view type) {
    return type.empty() || type == "application/json" || type.starts_with("application/json;");
}

Problem ProblemOfWish(const Error& error) {
    if (error.code == Code::kLimit) return {.status = 403, .detail = error.text};
    if (error.code == Code::kNotFound) {
        return {.status = 404, .code = "unknown_action", .detail = error.text};
    }
    return ProblemOf(error);
}

}  // namespace

void Api::Core::AnswerAction(const ApiCallPtr& call, const Receipt& receipt) {
    if (receipt.kind == Receipt::Kind::kConflict) {
        AnswerProblem(call, {.status = 422,
                             .code = "key_reused",
                             .detail = "this Idempotency-Key was used before with another body"});
        return;
    }
    if (receipt.kind == Receipt::Kind::kFailed) {
        AnswerProblem(call,
                      {.status = 503,
                       .code = "not_stored",
                       .detail = "nothing was done; send the same again later",
                       .retryable = true},
                      30);
        return;
    }
    if (receipt.kind == Receipt::Kind::kStale) {
        AnswerProblem(call, {.status = 412, .detail = receipt.reason});
        return;
    }
    if (receipt.verdict == workflows::Verdict::kQuarantined) {
        AnswerProblem(call, {.status = 409, .code = "frozen", .detail = receipt.reason});
        return;
    }
    if (receipt.verdict == workflows::Verdict::kRefused) {
        AnswerProblem(call, {.status = 409, .code = "refused", .detail = receipt.reason});
        return;
    }
    AnswerJson(call, 200, ReceiptJson(receipt, false));
}

void Api::Core::PostAction(const ApiCallPtr& call) {
    if (!IsJson(call->Header("Content-Type"))) {
        AnswerProblem(call, {.status = 415, .detail = "send application/json, or no body"});
        return;
    }
    Wish wish;
    wish.return_id = call->path[2];
    wish.action = call->path[4];
    const auto key = desk_.FindReturn(*call->caller, wish.return_id, call->Query("shop"));
    if (!key.ok()) return AnswerProblem(call, ProblemOf(key.error()));
    wish.key = *key;
    if (!call->request.body.empty()) {
        auto body = ParseJson(call->request.body);
        if (!body.ok()) {
            return AnswerProblem(call, {.status = 400, .detail = body.error().text});
        }
        wish.body = std::move(*body);
    }
    wish.once = Unquoted(call->Header("Idempotency-Key"));
    if (wish.once.size() > kOnceMax) {
        return AnswerProblem(
            call, {.status = 400, .detail = "the Idempotency-Key is longer than 255 bytes"});
    }
    if (wish.once.empty()) wish.once = connectors::EncodeHex(parts_.random_bytes(16));
    auto input = desk_.MakeInput(*call->caller, wish);
    if (!input.ok()) return AnswerProblem(call, ProblemOfWish(input.error()));
    if (const auto match = call->Header("If-Match"); !match.empty() && match != "*") {
        constexpr std::int64_t kNoVersion = -1;  // a tag that is not one of ours fits none
        input->seen_version = VersionOfTag(match).value_or(kNoVersion);
    }
    std::vector<Input> inputs;
    inputs.push_back(std::move(*input));
    SubmitAll(call, std::move(inputs), [this](const ApiInputs& all) {
        if (all.turned_away) return AnswerReceipts(all, false);
        AnswerAction(all.call, all.receipts[0]);
    });
}

}  // namespace returns::gateway
