#pragma once

/// \file
/// The value of an operation that may fail for reasons outside the caller's control.

#include <wavetank/base/error.hpp>

#include <boost/system/result.hpp>

namespace wavetank {

/// Either a `T` or an `Error`. Functions that return one are `[[nodiscard]]`.
template <class T = void>
using Result = boost::system::result<T, Error>;

/// Lets `Result<T>::value()` throw when there is no value; found by the namespace of `Error`.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location& location) {
    throw_exception_from_error(error, static_cast<const void*>(&location));
}

}  // namespace wavetank
