// What the settings bound. Values; see settings_table.cc for their defaults and sentences.
#pragma once

#include <cstdint>
#include <string>

namespace returns::gateway {

// Of failed sign-ins at the pages, within one window.
struct SignInSettings {
    std::int64_t failures_per_address_max = 10, failures_max = 500, window_seconds = 300;
};

// Anchors of the journal, sent out: see gateway/anchor_sender.h.
struct LedgerSettings {
    std::string anchors_file;  // "": none
    std::int64_t anchors_seconds = 300;
};

// Keys that partners publish, see gateway/fetched_keys.h.
struct FetchedKeySettings {
    std::int64_t cache_hours = 12, keep_hours = 72, refetch_seconds = 60, waiting_max = 64;
};

struct LimitSettings {
    std::int64_t body_bytes_max = 0, callback_bytes_max = 0, message_bytes_max = 0;
    std::int64_t lane_queue_max = 0, cases_cached_max = 0, held_events_max = 0;
    std::int64_t lines_max = 0, slices_max = 0, events_max = 0, row_bytes_max = 0;
    std::int64_t search_results_max = 0, raw_days = 0;  // raw_days: of parked input's bytes
    std::int64_t callbacks_kept_mib = 0;                // a day, for rehearsals; 0: none are kept
    std::int64_t missing_tickets_max = 0, disk_free_mib_min = 0;
    std::int64_t deliveries_max = 0, deliveries_days = 0, waits_max = 0;  // see delivery_log.h
    std::int64_t money_listed_max = 200'000;                              // see money_days.h
    std::int64_t import_row_bytes_max = 0, import_file_mib_max = 0, import_errors_max = 0;
};

}  // namespace returns::gateway
