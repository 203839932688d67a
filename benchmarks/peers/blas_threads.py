"""The OpenBLAS that NumPy is linked with: how many threads it uses, and its version."""
import ctypes
import re


def library():
    with open("/proc/self/maps") as maps:
        found = re.findall(r"\S*(?:libopenblas|libblas\.so)\S*", maps.read())
    return ctypes.CDLL(found[0]) if found else None


def limit(threads):
    openblas = library()
    if openblas is not None and hasattr(openblas, "openblas_set_num_threads"):
        openblas.openblas_set_num_threads(threads)


def name():
    openblas = library()
    if openblas is None or not hasattr(openblas, "openblas_get_config"):
        return "a BLAS other than OpenBLAS"
    openblas.openblas_get_config.restype = ctypes.c_char_p
    return openblas.openblas_get_config().decode().strip()
