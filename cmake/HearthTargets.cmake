# What every target of ours shares: warnings, sanitizers, ccache and mold where they are installed.

find_program(HEARTH_CCACHE ccache)
if(HEARTH_CCACHE)
    # Without them ccache leaves alone whatever uses a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${HEARTH_CCACHE})
endif()

add_library(hearth_options INTERFACE)
target_compile_options(hearth_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wnon-virtual-dtor>
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${HEARTH_WERROR}>>:-Werror>)
# GCC 12 warns of overlapping and uninitialised bytes inside its own std::string (bug 105651).
target_compile_options(hearth_options INTERFACE
    $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict -Wno-maybe-uninitialized>)
if(HEARTH_UNITY)
    # What stands in an unnamed namespace stays in its group, though it is included.
    target_compile_options(hearth_options INTERFACE
        $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endif()
if(HEARTH_SANITIZE)
    target_compile_options(hearth_options INTERFACE
        "$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${HEARTH_SANITIZE};-fno-omit-frame-pointer;-fno-sanitize-recover=all>")
    target_link_options(hearth_options INTERFACE -fsanitize=${HEARTH_SANITIZE})
endif()
find_program(HEARTH_MOLD mold)
if(HEARTH_MOLD)
    target_link_options(hearth_options INTERFACE -fuse-ld=mold)
endif()

# hearth_library(NAME SOURCES … PUBLIC … PRIVATE …): a static library of ours.
function(hearth_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE hearth_options ${ARG_PRIVATE})
endfunction()
