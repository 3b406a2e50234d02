// The smallest program of a project that uses the installed library.

#include <wavetank/base/time.hpp>

#include <iostream>

int main() {
    const auto duration = wavetank::parse_duration("90s");
    if (!duration) {
        return 1;
    }
    std::cout << wavetank::to_string(*duration) << '\n';
}
