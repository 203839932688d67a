// Image: 8-bit pixels in memory, what PNG files are read into and written from.
#ifndef CAE_CORE_IO_IMAGE_H_
#define CAE_CORE_IO_IMAGE_H_

#include <cstdint>
#include <vector>

#include "core/math/matrix.h"

namespace cae {

/// Plain data. Pixel (y, x) has its channels at pixels[(y · width + x) · channels].
struct Image {
  Index height = 0;
  Index width = 0;
  Index channels = 1;  ///< 1 = grey, 3 = red, green, blue
  std::vector<std::uint8_t> pixels;
};

}  // namespace cae

#endif  // CAE_CORE_IO_IMAGE_H_
