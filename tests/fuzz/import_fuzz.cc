// Any bytes are a file of past orders or refused: an order has events or faults, never both; what
// is read survives our own codec, and every row is accounted for.
#include "gateway/import_file.h"
#include "schemas/event.h"
#include "tests/fuzz/fuzz.h"

#include <string>

namespace {

void ReadFile(std::string text, returns::gateway::ImportForm form) {
    const auto file = returns::gateway::ImportFile::Read(std::move(text), form, 4096);
    if (!file.ok()) {
        CHECK(!file.error().text.empty());
        return;
    }
    auto rows = static_cast<std::int64_t>(file->strays().size());
    for (const auto& order : file->orders()) {
        rows += static_cast<std::int64_t>(order.rows.size());
        const auto reading = file->Events(order);
        CHECK(reading.events.empty() != reading.faults.empty());
        for (const auto& told : reading.events) {
            const returns::Envelope& event = told.event;
            const auto again = returns::DecodeEventData(
                event.type, returns::EncodeEventData(event.type, event.data));
            CHECK(again.ok());
            CHECK(*again == event.data);
        }
    }
    CHECK(rows == file->rows());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text(returns::Text(bytes, size));
    ReadFile(text, returns::gateway::ImportForm::kCsv);
    ReadFile(text, returns::gateway::ImportForm::kNdjson);
    return 0;
}
