#include <wavetank/mesh/fractional_percent.hpp>

namespace wavetank::mesh {

std::uint64_t FractionalPercent::whole() const {
    switch (denominator) {
        case Denominator::Hundred:
            return 100;
        case Denominator::TenThousand:
            return 10'000;
        case Denominator::Million:
            break;
    }
    return 1'000'000;
}

}  // namespace wavetank::mesh
