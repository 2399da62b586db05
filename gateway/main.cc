#include "gateway/cli.h"

int main(int count, char** arguments) {
    return returns::gateway::RunCommandLine({arguments + 1, arguments + count});
}
