/// \file
/// The program `wavetank`: what a person types, handed to the simulator.

#include <cstdlib>
#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view{argv[1]} == "version") {
        std::cout << "wavetank " WAVETANK_VERSION "\n";
        return EXIT_SUCCESS;
    }
    std::cerr << "usage: wavetank version\n";
    return 2;
}
