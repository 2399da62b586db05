// Backups, and the time after one had to be restored.
#include "gateway/api_core.h"

namespace returns::gateway {
namespace {

Json Whole(std::int64_t number) { return Json::Int(number); }

Json BackupsJson(const Backups::View& view) {
    Json json = Json::Object({{"made", Whole(view.made)}, {"failed", Whole(view.failed)}});
    if (!view.file.empty()) {
        json.Set("file", Json::String(view.file));
        json.Set("at", Json::String(FormatInstant(view.at)));
    }
    if (!view.failure.empty()) json.Set("failure", Json::String(view.failure));
    if (!view.running.empty())
        json.Set("running", Json::Object({{"file", Json::String(view.running)},
                                          {"pages", Whole(view.pages)},
                                          {"pages_left", Whole(view.pages_left)}}));
    return json;
}

}  // namespace

ReconcilingFigures Api::Core::Reconciling() {
    ReconcilingFigures figures;
    Reconciliation* reconciliation = parts_.reconciliation;
    if (reconciliation == nullptr || !reconciliation->open()) return figures;
    figures.open = true;
    figures.catching_up = reconciliation->CatchingUp();
    figures.visited = reconciliation->visited();
    if (parts_.dispatcher == nullptr) return figures;
    for (const Dispatcher::ConnectionView& view : parts_.dispatcher->View()) {
        figures.lists += view.lists;
        figures.confirmations += view.confirmations;
    }
    return figures;
}

std::string ReconcilingFigures::Text() const {
    if (!open) return "no";
    if (catching_up) return "restored: the topics are being read to their end; no money leaves";
    if (!visited) return "restored: orders are brought to ask their providers";
    if (lists > 0)
        return "restored: " + std::to_string(lists) + " payments are still to be looked up";
    if (confirmations > 0)
        return "restored: " + std::to_string(confirmations) + " refunds wait for a person's word";
    return "restored: all that can be looked up has been; end it with 'backhaul reconcile end'";
}

void Api::Core::GetReconciliation(const ApiCallPtr& call) {
    const ReconcilingFigures figures = Reconciling();
    Json body =
        Json::Object({{"open", Json::Bool(figures.open)}, {"text", Json::String(figures.Text())}});
    if (figures.open) {
        body.Set("generation", Whole(parts_.engine.book().generation));
        body.Set("restored_at", Json::String(FormatInstant(parts_.reconciliation->restored_at())));
        body.Set("catching_up", Json::Bool(figures.catching_up));
        body.Set("orders_visited", Json::Bool(figures.visited));
        body.Set("payments_to_look_up", Whole(figures.lists));
        body.Set("refunds_to_confirm", Whole(figures.confirmations));
    }
    AnswerJson(call, 200, body);
}

void Api::Core::PostReconciliationEnd(const ApiCallPtr& call) {
    if (parts_.reconciliation == nullptr) return AnswerProblem(call, {.status = 503});
    if (!call->caller->shop.empty())
        return AnswerProblem(call, {.status = 403, .detail = "it concerns all shops"});
    const auto body = ParseJson(call->request.body);
    if (!body.ok()) return AnswerProblem(call, {.status = 400, .detail = body.error().text});
    const Status ended =
        parts_.reconciliation->End(call->caller->name, (*body)["reason"].AsString());
    if (!ended.ok()) return AnswerProblem(call, ProblemOf(ended.error()));
    GetReconciliation(call);
}

void Api::Core::GetBackups(const ApiCallPtr& call) {
    if (parts_.backups == nullptr) return AnswerProblem(call, {.status = 503});
    AnswerJson(call, 200, BackupsJson(parts_.backups->view()));
}

void Api::Core::PostBackup(const ApiCallPtr& call) {
    if (parts_.backups == nullptr) return AnswerProblem(call, {.status = 503});
    if (!call->caller->shop.empty())
        return AnswerProblem(call, {.status = 403, .detail = "a backup holds all shops"});
    const auto begun = parts_.backups->Begin();
    if (!begun.ok()) return AnswerProblem(call, ProblemOf(begun.error()));
    AnswerJson(call, 202, Json::Object({{"file", Json::String(*begun)}}));
}

}  // namespace returns::gateway
