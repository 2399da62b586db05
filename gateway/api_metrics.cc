// /metrics: what operators watch and are woken by. Everything here is known without reading the
// store; deploy/prometheus says when it means trouble.
#include "gateway/anchor_sender.h"
#include "gateway/api_core.h"
#include "gateway/exposition.h"
#include "gateway/file_drop.h"
#include "gateway/money_days.h"
#include "gateway/publisher.h"
#include "gateway/timers.h"

#include <algorithm>
#include <map>

namespace returns::gateway {
namespace {

constexpr Millis kLegalSoon = std::chrono::hours(72);

std::int64_t Seconds(Millis span) { return std::max<std::int64_t>(0, span.count() / 1000); }
std::int64_t Seconds(Instant moment) {
    return std::chrono::duration_cast<std::chrono::seconds>(moment.time_since_epoch()).count();
}

void AddEngine(Exposition& out, const Engine& engine) {
    const EngineCounters& c = engine.counters();
    out.Counters("backhaul_events_total", "Events decided, by what came of them.", "verdict",
                 {{"moved", c.moved},
                  {"ignored", c.ignored},
                  {"refused", c.refused},
                  {"held", c.held},
                  {"quarantined", c.quarantined}});
    out.Counters("backhaul_inputs_total", "Inputs that were not decided anew.", "outcome",
                 {{"parked", c.parked},
                  {"repeated", c.repeated},
                  {"conflicting", c.conflicting},
                  {"failed", c.failed},
                  {"turned_away", c.turned_away}});
    out.Counters("backhaul_inputs_parked_total", "Inputs parked, by why.", "why",
                 {{"no_case", c.parked - c.parked_unmapped - c.parked_conflicting},
                  {"unmapped", c.parked_unmapped},
                  {"id_used_before", c.parked_conflicting}});
    out.Counter("backhaul_commits_total", "Transactions committed.", c.commits);
    out.Counter("backhaul_decisions_repeated_total", "Decisions made again after a conflict.",
                c.retried);
    out.Counter("backhaul_raw_forgotten_total", "Parked inputs of which only the digest is left.",
                c.raw_forgotten);
    out.Gauge("backhaul_inputs_queued", "Inputs that wait for the lane.",
              static_cast<std::int64_t>(engine.queued()));
    out.Gauge("backhaul_store_failed", "1 when the store takes no more writes.", engine.failed());
}

using View = Dispatcher::ConnectionView;

void AddAttempts(Exposition& out, const std::vector<View>& views) {
    out.Begin("backhaul_attempts_started_total", "counter", "Attempts at commands.");
    for (const View& view : views) out.Add(view.counts.started, {{"connection", view.name}});
    out.Begin("backhaul_attempts_total", "counter", "Attempts by outcome.");
    for (const View& view : views) {
        const DispatchCounters& c = view.counts;
        const std::pair<std::string_view, std::int64_t> all[] = {
            {"done", c.done},         {"refused", c.refused},     {"not_done", c.not_done},
            {"in_doubt", c.in_doubt}, {"withdrawn", c.withdrawn}, {"held_back", c.held_back}};
        for (const auto& [outcome, count] : all)
            out.Add(count, {{"connection", view.name}, {"outcome", outcome}});
    }
    out.Begin(
        "backhaul_attempts_failed_total", "counter",
        "Attempts not done, refused or in doubt, by reason; a partner's own words are other.");
    for (const View& view : views)
        for (const auto& [what, count] : view.reasons)
            out.Add(count,
                    {{"connection", view.name}, {"outcome", what.first}, {"reason", what.second}});
    out.Begin("backhaul_commands_held_back_total", "counter",
              "Times a command that could go was kept back, by why.");
    for (const View& view : views)
        for (const auto& [why, count] : view.kept_back)
            out.Add(count, {{"connection", view.name}, {"why", why}});
    out.Begin("backhaul_breakers_opened_total", "counter", "Times a breaker opened.");
    for (const View& view : views) out.Add(view.counts.breaker_opened, {{"connection", view.name}});
    out.Begin("backhaul_attempt_duration_seconds", "histogram",
              "From sending a command to its outcome.");
    for (const View& view : views) out.Add(view.attempts, {{"connection", view.name}});
}

void AddConnections(Exposition& out, const std::vector<View>& views) {
    const auto gauge = [&](std::string_view name, std::string_view help, auto&& value) {
        out.Begin(name, "gauge", help);
        for (const View& view : views)
            out.Add(static_cast<std::int64_t>(value(view)), {{"connection", view.name}});
    };
    gauge("backhaul_commands_waiting", "Commands not finished, by connection.",
          [](const View& view) { return view.waiting; });
    gauge("backhaul_commands_in_flight", "Commands under way, by connection.",
          [](const View& view) { return view.in_flight; });
    gauge("backhaul_oldest_command_age_seconds",
          "How long the oldest unfinished command that is not held back has been known here.",
          [](const View& view) { return Seconds(view.oldest); });
    gauge("backhaul_connection_acts", "1 where commands leave: not in mode observe, not stopped.",
          [](const View& view) { return view.mode != "observe" && !view.stopped; });
    gauge("backhaul_connection_stopped", "1 while a connection's kill switch is on.",
          [](const View& view) { return view.stopped; });
    gauge("backhaul_connection_barred", "1 while a partner refuses our credentials.",
          [](const View& view) { return view.trouble == "credentials"; });
    gauge("backhaul_breaker_open", "1 while a connection's breaker is open.",
          [](const View& view) { return view.breaker == "open"; });
    out.Begin("backhaul_cases_held_back", "gauge",
              "Cases whose next command may not leave, by why.");
    for (const View& view : views)
        for (const auto& [why, count] : view.held)
            out.Add(count, {{"connection", view.name}, {"why", why}});
    out.Begin("backhaul_spent_today_minor", "gauge",
              "Money asked of a provider today, in minor units; what is in doubt counts.");
    for (const View& view : views)
        for (const auto& [currency, minor] : view.spent_minor)
            out.Add(minor, {{"connection", view.name}, {"currency", currency}});
}

void AddTokens(Exposition& out, const std::vector<View>& views) {
    out.Begin("backhaul_tokens_total", "counter",
              "Tokens of OAuth 2.0 asked for, and those thrown away before their time.");
    for (const View& view : views) {
        const TokenCounters& c = view.tokens;
        const std::pair<std::string_view, std::int64_t> all[] = {{"fetched", c.fetched},
                                                                 {"refused", c.refused},
                                                                 {"failed", c.failed},
                                                                 {"discarded", c.discarded}};
        for (const auto& [outcome, count] : all)
            if (count > 0) out.Add(count, {{"connection", view.name}, {"outcome", outcome}});
    }
}

void AddPolls(Exposition& out, const std::vector<PollFigures>& polls) {
    out.Begin(
        "backhaul_polls_total", "counter",
        "Questions to partners: after silence, once a night, and to keep subscriptions alive.");
    for (const PollFigures& each : polls)
        for (const auto& [what, count] : each.asked)
            out.Add(
                count,
                {{"connection", each.connection}, {"why", what.first}, {"outcome", what.second}});
    const auto all = [&](std::string_view name, std::string_view type, std::string_view help,
                         std::int64_t PollFigures::*value) {
        out.Begin(name, type, help);
        for (const PollFigures& each : polls)
            out.Add(each.*value, {{"connection", each.connection}});
    };
    all("backhaul_state_learned_by_poll_total", "counter",
        "Events that moved something and were learned by asking.", &PollFigures::learned);
    all("backhaul_poll_events_known_total", "counter", "Events of answers that moved nothing.",
        &PollFigures::known);
    all("backhaul_poll_events_misplaced_total", "counter",
        "Events of answers about another order than was asked about.", &PollFigures::misplaced);
    all("backhaul_returns_followed", "gauge", "Open returns that a partner is asked about.",
        &PollFigures::followed);
    all("backhaul_returns_not_followed_total", "counter",
        "Times there was no room to follow one more return.", &PollFigures::not_followed);
    all("backhaul_returns_absent", "gauge",
        "Returns open here and unknown to the partner when it was asked last.",
        &PollFigures::absent);
    all("backhaul_returns_differing", "gauge",
        "Returns about which the last roll-call found us and the partner to differ: tickets.",
        &PollFigures::differing);
    out.Begin("backhaul_roll_call", "gauge",
              "What the last roll-call with a partner came to, in returns; incomplete is 1 where "
              "not all of its list was seen.");
    for (const PollFigures& each : polls) {
        const RollCall& call = each.roll_call;
        if (call.began_at == kNoTime) continue;
        const std::pair<const char*, std::int64_t> counts[] = {
            {"asked", call.asked},           {"agreed", call.agreed},
            {"healed", call.healed},         {"ticketed", call.differing},
            {"unknown_to_us", call.unknown}, {"incomplete", call.complete ? 0 : 1}};
        for (const auto& [what, count] : counts)
            out.Add(count, {{"connection", each.connection}, {"what", what}});
    }
    all("backhaul_renewals_failed_total", "counter",
        "Times a subscription to callbacks was not taken or not renewed.",
        &PollFigures::renewals_failed);
    all("backhaul_returns_unsubscribed", "gauge",
        "Returns whose callbacks come by a subscription that has ended or was never accepted.",
        &PollFigures::unsubscribed);
}

// Of connections that send callbacks at all: what is learned by asking alone stands beside it.
void AddCallbacksMoved(Exposition& out, Connections& connections, const ApiCounters& c) {
    out.Begin("backhaul_state_learned_by_callback_total", "counter",
              "Events that moved something and came by callback.");
    for (const Connection& each : connections.all()) {
        if (!each.connector->manifest().callbacks) continue;
        const auto found = c.callbacks_moved.find(each.settings.name);
        out.Add(found == c.callbacks_moved.end() ? 0 : found->second,
                {{"connection", each.settings.name}});
    }
}

void AddDoor(Exposition& out, const DoorCounters& c) {
    out.Counter("backhaul_http_connections_total", "Connections accepted.", c.connections);
    out.Gauge("backhaul_http_connections_open", "Connections open.", c.connections_open);
    out.Counter("backhaul_http_requests_total", "Requests read whole.", c.requests);
    out.Counters("backhaul_http_refused_total", "Connections and requests refused.", "why",
                 {{"connections", c.refused_total_cap},
                  {"connections_of_peer", c.refused_peer_cap},
                  {"no_descriptor", c.accept_failures},
                  {"request", c.refused_requests},
                  {"memory", c.refused_memory},
                  {"read_timeout", c.read_timeouts},
                  {"reply_timeout", c.reply_timeouts},
                  {"write_timeout", c.write_timeouts},
                  {"failure", c.failures}});
}

void AddDrops(Exposition& out, const FileDrops& drops) {
    const auto each = [&](const auto& add) {
        for (const auto& [name, drop] : drops.drops()) {
            const DropCounters& c = drop->counters();
            add(c, [&, &name = name](std::int64_t count, std::string_view what) {
                out.Add(count, {{"connection", name}, {"outcome", std::string(what)}});
            });
        }
    };
    out.Begin("backhaul_drop_files_total", "counter", "Files of watched folders, by outcome.");
    each([](const DropCounters& c, const auto& add) {
        add(c.files_taken, "taken");
        add(c.files_repeated, "repeated");
        add(c.files_too_long, "too_long");
        add(c.files_too_many_rows, "too_many_rows");
        add(c.files_unreadable, "unreadable");
        add(c.files_changed, "changed");
        add(c.files_gone, "gone");
    });
    out.Begin("backhaul_drop_rows_total", "counter", "Their rows, by outcome.");
    each([](const DropCounters& c, const auto& add) {
        add(c.rows_accepted, "accepted");
        add(c.rows_repeated, "repeated");
        add(c.rows_parked, "parked");
        add(c.rows_refused, "refused");
        add(c.rows_unreadable, "unreadable");
        add(c.rows_unmapped, "unmapped");
    });
    out.Begin("backhaul_drop_failures_total", "counter",
              "Times a watched folder could not be listed, read or written.");
    for (const auto& [name, drop] : drops.drops())
        out.Add(drop->counters().failures, {{"connection", name}});
    out.Begin("backhaul_drop_passed_over", "gauge",
              "What lies in a watched folder and is no file to be taken: links, pipes, odd names.");
    for (const auto& [name, drop] : drops.drops())
        out.Add(drop->counters().passed_over, {{"connection", name}});
}

void AddIntake(Exposition& out, const IntakeCounters& c) {
    out.Counters("backhaul_records_total", "Topic records, by kind.", "kind",
                 {{"read", c.records}, {"rejected", c.rejected}});
    out.Counters("backhaul_records_rejected_total", "Rejected topic records, by reason.", "why",
                 {{"tombstone", c.tombstones},
                  {"too_long", c.too_long},
                  {"unreadable", c.unreadable},
                  {"not_ours", c.not_ours},
                  {"id_used_before", c.reused_ids}});
    out.Counter("backhaul_record_events_total", "Events read from records.", c.events);
    out.Counter("backhaul_intake_pauses_total", "Times the topics were paused.", c.pauses);
}

void AddApi(Exposition& out, const ApiCounters& c) {
    out.Counter("backhaul_api_requests_total", "Requests answered.", c.requests);
    out.Counter("backhaul_api_problems_total", "Answers that were problems.", c.problems);
    out.Begin("backhaul_api_answers_total", "counter", "Answers, by status.");
    for (const auto& [status, count] : c.answers)
        out.Add(count, {{"status", std::to_string(status)}});
    out.Counters("backhaul_api_refused_total", "Requests not carried out.", "why",
                 {{"unauthenticated", c.not_signed_in},
                  {"forbidden", c.forbidden},
                  {"turned_away", c.turned_away}});
    out.Counter("backhaul_callbacks_total", "Callbacks received.", c.callbacks);
    out.Counters("backhaul_callbacks_refused_total", "Callbacks not verified.", "why",
                 {{"unknown_connection", c.callbacks_unknown},
                  {"forged", c.callbacks_forged},
                  {"stale", c.callbacks_stale},
                  {"unknown_key", c.callbacks_unknown_key},
                  {"keys_unavailable", c.callbacks_without_keys},
                  {"certificate", c.callbacks_without_certificate}});
    out.Counter("backhaul_callbacks_unmapped_total", "Callbacks parked for want of a mapping.",
                c.callbacks_unmapped);
    out.Counter("backhaul_callbacks_repeated_total", "Callbacks told before.",
                c.callbacks_repeated);
    out.Counter("backhaul_callback_trials_total", "Dry runs, and what came with a test key.",
                c.callback_trials);
    out.Counters(
        "backhaul_callback_messages_refused_total",
        "Of our own form: what was answered with what is wrong with it.", "why",
        {{"unreadable", c.own_unreadable}, {"too_many", c.own_too_many}, {"fault", c.own_faults}});
}

void AddKeys(Exposition& out, const std::vector<FetchedKeys::View>& views) {
    if (views.empty()) return;
    out.Begin("backhaul_key_sets_fetched_total", "counter",
              "Times a partner's published keys were fetched.");
    for (const auto& view : views) out.Add(view.fetched, {{"connection", view.connection}});
    out.Begin("backhaul_key_set_failures_total", "counter",
              "Times they could not be fetched or read, by why.");
    for (const auto& view : views)
        for (const auto& [why, count] : view.failures)
            out.Add(count, {{"connection", view.connection}, {"why", why}});
    out.Begin("backhaul_key_set_keys", "gauge",
              "Keys of the set in force; 0: its callbacks are answered 503.");
    for (const auto& view : views)
        out.Add(static_cast<std::int64_t>(view.keys), {{"connection", view.connection}});
    out.Begin("backhaul_key_set_age_seconds", "gauge", "How old that set is.");
    for (const auto& view : views) out.Add(Seconds(view.age), {{"connection", view.connection}});
    out.Begin("backhaul_callbacks_awaiting_keys", "gauge",
              "Callbacks that wait for keys being fetched.");
    for (const auto& view : views)
        out.Add(static_cast<std::int64_t>(view.waiting), {{"connection", view.connection}});
}

void AddSignIns(Exposition& out, const SignInCounters& c) {
    out.Counters(
        "backhaul_signins_total", "Attempts to sign in at the pages.", "outcome",
        {{"signed_in", c.signed_in}, {"failed", c.failed}, {"turned_away", c.turned_away}});
}

void AddStore(Exposition& out, const StoreFigures& f) {
    out.Gauge("backhaul_journal_rows", "Events in the journal.", f.journal_rows);
    out.Gauge("backhaul_cases", "Orders known.", f.cases);
    out.Gauge("backhaul_inputs_parked", "Inputs kept that belong to no case yet.", f.parked);
    out.Gauge("backhaul_database_bytes", "Size of the database file.", f.database_bytes);
    out.Gauge("backhaul_database_log_bytes", "Size of its write-ahead log.", f.log_bytes);
    out.Gauge("backhaul_disk_free_bytes", "Room left beside the database.", f.disk_free_bytes);
    out.Begin("backhaul_commit_duration_seconds", "histogram", "Time a transaction took.");
    out.Add(f.commits);
}

void AddBoard(Exposition& out, const StallTotals& totals, Instant now) {
    out.Gauge("backhaul_cases_stalled", "Cases that stand still or have a ticket open.",
              totals.cases);
    out.Gauge("backhaul_cases_quarantined", "Frozen cases.", totals.quarantined);
    out.Gauge("backhaul_oldest_stall_age_seconds", "Since when the oldest stall stands.",
              totals.oldest == kNoTime ? 0 : Seconds(now - totals.oldest));
    out.Gauge("backhaul_legal_dates_missed", "Returns that stand still behind their legal date.",
              totals.legal_missed);
    out.Gauge("backhaul_legal_dates_near",
              "Returns that stand still with less than three days to their legal date.",
              totals.legal_near);
    out.Gauge("backhaul_refunds_in_doubt", "Refunds of which nobody knows whether they were paid.",
              totals.in_doubt);
    const auto money = [&](std::string_view name, std::string_view help, const auto& sums) {
        out.Begin(name, "gauge", help);
        for (const auto& [currency, minor] : sums) out.Add(minor, {{"currency", currency}});
    };
    money("backhaul_in_doubt_minor", "Money in doubt, in minor units.", totals.in_doubt_minor);
    money("backhaul_stalled_minor", "Money not yet paid of what stands still, in minor units.",
          totals.stalled_minor);
}

void AddAnchors(Exposition& out, const AnchorSender& anchors, Instant now) {
    const std::pair<const char*, AnchorSender::View> places[] = {{"file", anchors.file()},
                                                                 {"topic", anchors.topic()}};
    const auto each = [&](const auto& add) {
        for (const auto& [to, view] : places)
            if (view.wanted) add(view, to);
    };
    out.Begin("backhaul_anchors_sent_total", "counter", "Anchors of the journal sent out.");
    each([&](const AnchorSender::View& view, const char* to) {
        out.Add(view.sent, {{"to", to}, {"outcome", "sent"}});
        out.Add(view.failed, {{"to", to}, {"outcome", "failed"}});
    });
    out.Begin("backhaul_anchors_sent_seq", "gauge", "The journal row the last of them covers.");
    each([&](const AnchorSender::View& view, const char* to) { out.Add(view.seq, {{"to", to}}); });
    out.Begin("backhaul_anchors_waiting_seconds", "gauge",
              "Since when one could not be sent; 0: all that was due is there.");
    each([&](const AnchorSender::View& view, const char* to) {
        out.Add(view.waits_since == kNoTime ? 0 : Seconds(now - view.waits_since), {{"to", to}});
    });
}

void AddLedger(Exposition& out, const AnchorSender* anchors, const MoneyDays* money, Instant now) {
    if (anchors != nullptr) AddAnchors(out, *anchors, now);
    if (money != nullptr)
        out.Gauge("backhaul_books_behind", "1 while the newest events are not in finance's books.",
                  !money->current());
}

void AddUpkeep(Exposition& out, const Backups::View& backups, const ReconcilingFigures& restored) {
    out.Gauge("backhaul_last_backup_time_seconds",
              "When the last backup of the running gateway was whole, since 1970; 0 for never.",
              backups.at == kNoTime ? 0 : Seconds(backups.at));
    out.Counters("backhaul_backups_total", "Backups of the running gateway.", "outcome",
                 {{"made", backups.made}, {"failed", backups.failed}});
    out.Gauge("backhaul_restore_open",
              "1 after a restore, until a person ends it: older refunds are looked up first.",
              restored.open);
    out.Gauge("backhaul_reconciling", "1 while a restored gateway has something left to find out.",
              restored.busy());
    out.Gauge("backhaul_reconciling_payments",
              "Payments not yet asked for the refunds a restore has forgotten.", restored.lists);
    out.Gauge("backhaul_reconciling_confirmations",
              "Refunds of which a person has to say that they never left before the restore.",
              restored.confirmations);
}

void AddCoverage(Exposition& out, const Coverage& coverage) {
    std::map<std::pair<std::string, std::string>, std::int64_t> missing;
    for (const CoverageRow& row : coverage.Rows()) ++missing[{row.key.connection, row.key.table}];
    out.Begin("backhaul_codes_missing", "gauge",
              "Codes seen in the last 30 days without a translation; table status: words of "
              "theirs that mean nothing to us.");
    for (const auto& [where, count] : missing)
        out.Add(count, {{"connection", where.first}, {"table", where.second}});
    out.Counter("backhaul_codes_not_kept_total",
                "Codes without a translation that the report has no room for.", coverage.dropped());
}

}  // namespace

void Api::Core::GetMetrics(const ApiCallPtr& call) {
    Exposition out;
    const Instant now = parts_.clock.Now();
    out.Begin("backhaul_build_info", "gauge", "1, with the program's version.");
    out.Add(1, {{"version", BACKHAUL_VERSION}});
    if (parts_.started_at != kNoTime)
        out.Gauge("backhaul_start_time_seconds", "When the program started, since 1970.",
                  Seconds(parts_.started_at));
    AddEngine(out, parts_.engine);
    if (parts_.dispatcher != nullptr) {
        const auto views = parts_.dispatcher->View();
        AddAttempts(out, views);
        AddConnections(out, views);
        AddTokens(out, views);
    }
    if (parts_.poller != nullptr) AddPolls(out, parts_.poller->Figures());
    if (parts_.reload != nullptr) {
        const ConnectorReload::Counters& c = parts_.reload->counters();
        out.Counters("backhaul_connector_reloads_total",
                     "Times connectors were read again while running, by what came of it.",
                     "outcome",
                     {{"changed", c.changed}, {"unchanged", c.unchanged}, {"refused", c.refused}});
    }
    if (parts_.keep != nullptr)
        out.Counter("backhaul_callbacks_not_kept_total",
                    "Callbacks not kept for rehearsals: limits.callbacks_kept_mib, or the disk.",
                    parts_.keep->not_kept());
    if (parts_.intake != nullptr) AddIntake(out, parts_.intake->counters());
    if (parts_.drops != nullptr) AddDrops(out, *parts_.drops);
    if (parts_.partitions_stopped) {
        out.Gauge("backhaul_bus_trouble", "1 while something is wrong with the bus: see /readyz.",
                  !parts_.bus_trouble().empty());
        out.Gauge("backhaul_partitions_stopped", "Partitions that wait for a person's decision.",
                  parts_.partitions_stopped());
        if (parts_.bus_errors)
            out.Counter("backhaul_bus_errors_total", "Errors told by the brokers or their client.",
                        parts_.bus_errors());
    }
    if (parts_.publisher != nullptr) {
        out.Gauge("backhaul_journal_published", "The journal row up to which moves were sent out.",
                  parts_.publisher->published());
        out.Counter("backhaul_messages_undelivered_total", "Messages the broker did not confirm.",
                    parts_.publisher->undelivered());
        out.Counter("backhaul_produce_queue_full_total",
                    "Times the queue to the brokers took no more; the message goes again.",
                    parts_.publisher->queue_full());
    }
    if (parts_.timers != nullptr) {
        out.Counter("backhaul_timers_fired_total", "Timers fired.", parts_.timers->fired());
        out.Gauge("backhaul_timers_held", "1 while timers wait after a jump of the clock.",
                  parts_.timers->held());
    }
    if (parts_.mappings_stopped)
        out.Counter("backhaul_mappings_stopped_total", "Mappings stopped for taking too long.",
                    parts_.mappings_stopped());
    AddLedger(out, parts_.anchors, parts_.money, now);
    if (parts_.store) AddStore(out, parts_.store());
    if (parts_.door) AddDoor(out, parts_.door());
    if (parts_.callbacks_queued)
        out.Gauge("backhaul_callbacks_queued", "Callbacks that wait to be verified and read.",
                  parts_.callbacks_queued());
    if (parts_.backups != nullptr) AddUpkeep(out, parts_.backups->view(), Reconciling());
    if (parts_.fetched_keys != nullptr) AddKeys(out, parts_.fetched_keys->Views());
    AddApi(out, counters_);
    AddCallbacksMoved(out, parts_.connections, counters_);
    AddSignIns(out, pages_.sign_ins());
    AddBoard(out, board_.Totals(now, kLegalSoon), now);
    AddCoverage(out, coverage_);
    AnswerText(call, "text/plain; version=0.0.4; charset=utf-8", out.Take());
}

}  // namespace returns::gateway
