# Writes the source and the header that hearth_embed_files() describes.
string(REPLACE "|" ";" files "${FILES}")
set(named)
foreach(file ${files})
    get_filename_component(base ${file} NAME)
    list(APPEND named "${base}|${file}")
endforeach()
list(SORT named)

set(arrays "")
set(entries "")
set(index 0)
foreach(entry ${named})
    string(REGEX REPLACE "\\|.*" "" base "${entry}")
    string(REGEX REPLACE "^[^|]*\\|" "" file "${entry}")
    file(READ ${file} hex HEX)
    string(LENGTH "${hex}" digits)
    math(EXPR size "${digits} / 2")
    if(size EQUAL 0)
        message(FATAL_ERROR "${file} is empty")
    endif()
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
    string(APPEND arrays "constexpr char kBytes${index}[${size}] = {${bytes}};\n")
    string(APPEND entries "    File{\"${base}\", std::string_view(kBytes${index}, ${size})},\n")
    math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${FOLDER}/embedded/${NAME}.h "#pragma once

#include <span>
#include <string_view>

namespace ${NAMESPACE} {

struct File {
    std::string_view name;
    std::string_view bytes;
};

std::span<const File> files();
const File* find(std::string_view name);

} // namespace ${NAMESPACE}
")

file(WRITE ${FOLDER}/${NAME}.cpp "#include \"embedded/${NAME}.h\"

namespace ${NAMESPACE} {
namespace {

${arrays}
constexpr File kFiles[] = {
${entries}};

} // namespace

std::span<const File> files() {
    return kFiles;
}

const File* find(std::string_view name) {
    for (const File& file : kFiles) {
        if (file.name == name) {
            return &file;
        }
    }
    return nullptr;
}

} // namespace ${NAMESPACE}
")
