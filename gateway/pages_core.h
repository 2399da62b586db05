// The inside of the pages: one request on its way, and the models the templates are filled with.
// Lane thread.
#pragma once

#include "gateway/approvals.h"
#include "gateway/case_view.h"
#include "gateway/money_days.h"
#include "gateway/pages.h"
#include "gateway/sign_in_guard.h"
#include "schemas/json.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace returns::gateway {

struct PageCall {
    PageRequest page;
    DoorReplyFunction reply;
    connectors::HttpHeaders form;  // of a POST
    std::optional<Session> session;
    std::optional<Caller> caller;

    std::string Query(std::string_view name) const {
        return std::string(connectors::FindHeader(page.query, name));
    }
    std::string Form(std::string_view name) const {
        return std::string(connectors::FindHeader(form, name));
    }
    std::string_view Header(std::string_view name) const {
        return connectors::FindHeader(page.request.headers, name);
    }
};
using PageCallPtr = std::shared_ptr<PageCall>;

class Pages::Core {
public:
    explicit Core(PageParts parts);
    std::string Allowed(const std::vector<std::string>& path) const;
    bool Serves(std::string_view method, const std::vector<std::string>& path) const;
    void Handle(PageRequest request, DoorReplyFunction reply);
    DoorReply Trouble(const Problem& problem, const PageCall* call) const;
    const SignInCounters& sign_ins() const { return sign_ins_; }

    using Method = void (Core::*)(const PageCallPtr&);
    struct Route {
        std::string_view method, pattern;
        std::string_view roles;  // letters of those who may: p, a, o; "*": without signing in
        Method run;
    };
    static const std::vector<Route>& Routes();

private:
    void Run(const PageCallPtr& call, const Route& route);
    bool ReadPost(const PageCallPtr& call, bool open);
    bool FromOurPages(const PageCallPtr& call) const;

    void GetSignIn(const PageCallPtr& call);
    void PostSignIn(const PageCallPtr& call);
    // The page again, with what was wrong.
    void RefuseSignIn(const PageCallPtr& call, int status, std::string wrong, Millis wait);
    void PostSignOut(const PageCallPtr& call);
    void GetSearch(const PageCallPtr& call);
    void GetCase(const PageCallPtr& call);
    void PostAction(const PageCallPtr& call);
    void GetStalls(const PageCallPtr& call);
    void GetConnections(const PageCallPtr& call);
    void GetConnection(const PageCallPtr& call);
    void PostConnection(const PageCallPtr& call);
    void PostSwitch(const PageCallPtr& call, const Connection& connection);
    void PostApproval(const PageCallPtr& call, const Connection& connection);
    void GetPartner(const PageCallPtr& call);
    void PostPartner(const PageCallPtr& call);
    void GetAsset(const PageCallPtr& call);
    void GetPartners(const PageCallPtr& call);
    void GetFinance(const PageCallPtr& call);
    void GetFinanceCsv(const PageCallPtr& call);

    Json FoundModel(const CaseKey& key, const Case& subject) const;
    Json CaseModel(const PageCall& call, const Case& subject,
                   const std::vector<TimelineRow>& rows) const;
    Json ReturnModel(const PageCall& call, const Case& subject, const Return& header,
                     int index) const;
    void AddOffers(const PageCall& call, const Case& subject, const Return& header,
                   Json& model) const;

    Json MoneyListModel(const PageCall& call, MoneyList list, Instant until) const;
    // That connection, where the caller may see it; otherwise answered.
    Connection* ConnectionOf(const PageCallPtr& call);
    // The one a partner's page is about, or the first it holds; otherwise answered.
    const Connection* PartnersConnection(const PageCallPtr& call, const std::string& name);
    Json WaitModels(const Connection& connection, const std::string& cursor, const Caller& caller,
                    Json& model) const;
    Json DeliveryModels(const Connection& connection, const PageCall& call, Json& model) const;
    Json ConnectionModel(const PageCall& call, const Connection& connection,
                         const Dispatcher::ConnectionView& view, int index) const;
    void AddWaiting(const PageCall& call, const Connection& connection, Json& model) const;
    Json ToldOfConnection(const PageCall& call, const Connection& connection,
                          const std::vector<SwitchRow>& history) const;
    Json HoldModels(const Case& subject, const std::string& return_id) const;

    void Show(const PageCallPtr& call, std::string_view body, Json model, int status = 200,
              connectors::HttpHeaders more = {});
    void Refuse(const PageCallPtr& call, const Problem& problem);
    void Send(const PageCallPtr& call, int status, std::string location, std::string cookie = "");
    // What the layout shows around every page.
    void AddFrame(const PageCall* call, Json& model) const;
    DoorReply PageReply(int status, std::string body) const;
    Millis Lifetime() const;

    PageParts parts_;
    Sessions sessions_;
    SignInGuard guard_;
    SignInCounters sign_ins_;
    bool secure_;
};

// "good", "wait" or "bad": the colour of a status word.
std::string ToneOf(const std::string& status_word);
// What a return's refunds come to: "50.00 EUR paid, 12.00 EUR still to come".
std::string AmountText(const Case& subject, const std::string& return_id);
// "/cases/main/A%2F1"
std::string CasePath(const CaseKey& key);
// "/connections/psp"
std::string ConnectionPath(const std::string& name);
// Which of what waits a form asks for; `wrong` says what cannot be read.
struct WaitingFilter {
    WaitingQuery query;
    std::string amount, wrong;
};
WaitingFilter ReadFilter(const ConnectionSettings& settings,
                         const std::function<std::string(std::string_view)>& field);
// Name of who must act, as the wording has it.
std::string OwnerText(const std::string& owner, const Json& wording);

}  // namespace returns::gateway
