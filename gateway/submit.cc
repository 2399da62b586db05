#include "gateway/submit.h"

#include <memory>
#include <utility>

namespace returns::gateway {
namespace {

struct Together {
    std::vector<Receipt> receipts;
    std::size_t open = 1;  // still to be decided, and one while submitting
    bool all = true;
    EachDecided done;

    void Finish() {
        if (--open == 0) done(std::move(receipts), all);
    }
};

}  // namespace

void SubmitEach(Engine& engine, std::vector<Input> inputs, EachDecided done) {
    const auto together = std::make_shared<Together>();  // outlives this call, in the inputs
    together->receipts.resize(inputs.size());
    together->done = std::move(done);
    for (std::size_t at = 0; at < inputs.size() && together->all; ++at) {
        inputs[at].done = [together, at](const Receipt& receipt) {
            together->receipts[at] = receipt;
            together->Finish();
        };
        ++together->open;
        if (engine.Submit(std::move(inputs[at]))) continue;
        --together->open;
        together->all = false;
    }
    together->Finish();
}

}  // namespace returns::gateway
