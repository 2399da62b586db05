// Any bytes are read as JSON or refused; what was read is written and read again as the same tree.
#include "schemas/json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const auto tree = returns::ParseJson(returns::Text(bytes, size));
    if (!tree.ok()) {
        CHECK(!tree.error().text.empty());
        return 0;
    }
    for (const std::string& text : {returns::WriteJson(*tree), returns::WriteJsonPretty(*tree)}) {
        const auto again = returns::ParseJson(text);
        CHECK(again.ok());
        CHECK(*again == *tree);
    }
    return 0;
}
