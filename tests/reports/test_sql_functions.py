"""Each function of DuckDB is either allowed, or left out for a reason that stands here.

A release of DuckDB that brings another one fails this test, until somebody has looked at it; what
an analyst asks for meanwhile is refused.
"""

from __future__ import annotations

import re

import duckdb

from reports.sql.functions import FUNCTIONS, TABLE_FUNCTIONS

NOT_IN_THE_CATALOG = {"coalesce", "grouping", "grouping_id", "unnest", "->"}
"""Words of the grammar that the parser may hand on as functions."""

LEFT_OUT = {
    "how it is run, and by whom": """
        current_catalog current_connection_id current_database current_query current_query_id
        current_role current_schema current_schemas current_setting current_transaction_id
        current_user session_user user txid_current version in_search_path getvariable
        get_block_size stats vector_type index_key
    """,
    "changes something, waits, or fails on purpose": """
        nextval currval setval setseed sleep_ms write_log error assert_true
    """,
    "statements in statements": r"json_serialize_\w+ json_deserialize_\w+",
    "PostgreSQL's catalog": r"""
        pg_\w+ has_\w+ inet_\w+ col_description obj_description shobj_description format_type
        format_pg_type map_to_pg_oid
    """,
    "files and paths": r"parse_\w+ path_join hive_partition_component",
    "DuckDB's own use": r"""
        __\w+ \w*byte_comparable create_sort_key can_cast_implicitly cast_to_type replace_type
        remap_struct decimal_average decimal_division normalized_interval make_type get_type invoke
        array_to_string_comma_default is_histogram_other_bin json_copy_\w+ to_aggregate_state
        finalize combine combine_aggr switch
    """,
    "collations, which COLLATE names": r"collate_\w+ icu_\w+",
    "of no use here": r"""
        st_\w+ variant_\w+ vertex_extract \w+_distance \w+_similarity \w+_product lttb bar binom
        uuid\w* gen_random_uuid bitstring bitstring_agg bit_position get_bit set_bit enum_\w+
        union_\w+ base64 to_base64 from_base64 from_binary unbin unhex encode decode url_\w+
        md5_number\w* make_timestamp_ms make_timestamp_ns aggregate json_insert json_set json_remove
        json_replace json_normalize json_strip_nulls json_deep_merge json_merge_patch_diff
        json_group_structure regexp_split_to_table
    """,
    "operators that the parser has as comparisons": r"!= = < <= > >= is\ (not\ )?distinct\ from",
}
PATTERN = re.compile(
    "|".join(
        f"(?:{one})"
        for names in LEFT_OUT.values()
        for one in re.split(r"(?<!\\)\s+", names.strip())
    )
)


def functions(*kinds: str) -> set[str]:
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions()"
            " WHERE list_contains(?, function_type)",
            [list(kinds)],
        ).fetchall()
    return {name for (name,) in found}


def test_every_function_is_allowed_or_left_out_for_a_reason() -> None:
    known = functions("scalar", "aggregate", "macro", "window")
    assert len(known) > 800
    assert not {name for name in known - FUNCTIONS if not PATTERN.fullmatch(name)}


def test_what_is_allowed_is_there() -> None:
    known = functions("scalar", "aggregate", "macro", "window")
    assert FUNCTIONS - known <= NOT_IN_THE_CATALOG


def test_none_that_is_allowed_has_an_effect() -> None:
    """DuckDB says itself which of its functions change with each call."""
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE has_side_effects"
        ).fetchall()
    assert {name for (name,) in found} & FUNCTIONS == {"random"}


def test_few_table_functions_are_allowed() -> None:
    assert (
        functions("table") & TABLE_FUNCTIONS
        == TABLE_FUNCTIONS
        == {*("generate_series", "range", "unnest")}
    )
