# Runs COMMAND in WORKING_DIRECTORY and fails unless it prints exactly the file EXPECTED.
# WAVETANK_UPDATE_TRANSCRIPTS=1 in the environment writes the file anew instead.

execute_process(COMMAND ${COMMAND} WORKING_DIRECTORY "${WORKING_DIRECTORY}"
    OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "${COMMAND} ended with ${status}")
endif()
if(DEFINED ENV{WAVETANK_UPDATE_TRANSCRIPTS})
    file(WRITE "${EXPECTED}" "${printed}")
    return()
endif()
file(READ "${EXPECTED}" expected)
if(NOT printed STREQUAL expected)
    message(FATAL_ERROR "the output is not that of ${EXPECTED}; it is:\n${printed}")
endif()
