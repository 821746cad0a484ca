// Runs the tests. Says with which seed the random ones run, so that a failure can be repeated.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <signal.h>

#include <iostream>
#include <random>

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    Catch::Session session;
    session.configData().rngSeed = std::random_device{}();
    if (const int status = session.applyCommandLine(argc, argv); status != 0) return status;
    std::cout << "seed " << session.configData().rngSeed << " (repeat it with --rng-seed)" << std::endl;
    return session.run();
}
