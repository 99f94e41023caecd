"""Words of a checked city's page and table, in English and Chinese."""

from __future__ import annotations

from dipeval.report.parts import Words

TITLE: Words = ("Data check", "数据核查")
STUDY: Words = ("for the study {study}", "按研究 {study} 的窗口与人群")
ALONE: Words = ("all that the files hold", "文件中的全部数据")
DRAFT: Words = (
    "The city file is a draft: scheme and dates are not filled in. No study runs with it yet.",
    "城市文件仍为草稿：支付方式与日期未填写，尚不能用于研究。",
)
INTERNAL: Words = (
    "For those who hold the files: not made for release. Cells of fewer than {least} stays are hidden.",
    "供数据持有者内部使用，不用于公开发布。少于 {least} 例的单元格不显示。",
)
SYNTHETIC: Words = ("Synthetic data: invented, no patient behind them", "合成数据：虚构，不对应任何患者")
SECTIONS: dict[str, Words] = {
    "alarms": ("What to look at", "需要核对的问题"),
    "ledger": ("Rows in and out", "数据行流转"),
    "coverage": ("Coverage", "覆盖情况"),
    "missing": ("Missing cells", "缺失情况"),
    "drift": ("Drift between periods", "各期变化"),
    "damaged": ("Damaged text", "损坏的文字"),
    "rejected": ("Rejected rows", "被剔除的行"),
    "reviews": ("To review: hospitals and codes", "待复核：机构与编码"),
    "corrections": ("Corrections", "已声明的更正"),
    "files": ("Files", "文件"),
}
KINDS: dict[str, Words] = {
    "unit": ("Units", "单位"),
    "date": ("Dates", "日期"),
    "coverage": ("Coverage", "覆盖"),
    "drift": ("Drift", "变化"),
    "text": ("Text", "文字"),
    "warning": ("Cleaning", "清洗"),
    "ledger": ("Rows", "行数"),
}
NOTHING: dict[str, Words] = {
    "alarms": ("Nothing was found that asks for a look.", "未发现需要核对的问题。"),
    "missing": ("No cell is missing.", "没有缺失的单元格。"),
    "drift": ("No column moved beyond chance.", "各字段未见超出偶然的变化。"),
    "damaged": ("No damaged text.", "没有损坏的文字。"),
    "rejected": ("No row was rejected.", "没有被剔除的行。"),
    "corrections": ("No corrections are declared.", "没有声明更正。"),
}
SUM: Words = (
    "{made} rows read = {kept} clean stays + {rejected} rejected",
    "读取 {made} 行 = 清洗后 {kept} 例 + 剔除 {rejected} 行",
)
CHARGES: Words = (
    "{read} rows of charges make {made} settlements = {kept} clean stays + {rejected} rejected",
    "{read} 行收费明细合并为 {made} 张结算单 = 清洗后 {kept} 例 + 剔除 {rejected} 行",
)
BROKEN: Words = (
    "The rows do not add up: {made} rows, {kept} clean stays, {rejected} rejected",
    "行数不相符：共 {made} 行，清洗后 {kept} 例，剔除 {rejected} 行",
)
TILES: dict[str, Words] = {
    "read": ("rows read", "读取行数"),
    "kept": ("clean stays", "清洗后病例"),
    "rejected": ("rejected", "剔除"),
    "hospitals": ("hospitals", "医疗机构"),
    "months": ("first to last month", "起止月份"),
    "alarms": ("to look at", "需核对"),
}
UNTOUCHED: Words = ("{count} rules that touched no row", "{count} 条规则未涉及任何行")
HEADS: dict[str, Words] = {
    "rule": ("Rule", "规则"),
    "what": ("What it checks", "检查内容"),
    "in": ("Rows in", "进入"),
    "rejected": ("Rejected", "剔除"),
    "marked": ("Marked or mended", "标记或修正"),
    "kept": ("Rows kept", "保留"),
    "column": ("Column", "字段"),
    "label": ("Label", "名称"),
    "first_rows": ("First rows", "最先出现的行"),
    "file": ("File", "文件"),
    "rows": ("Rows", "行数"),
    "bytes": ("Bytes", "字节"),
    "encoding": ("Encoding", "编码"),
    "sha256": ("SHA-256", "SHA-256"),
    "action": ("Action", "操作"),
    "reason": ("Reason", "原因"),
    "expect": ("Rows expected = matched", "应匹配行数 = 实际"),
    "share": ("Share", "比例"),
    "period": ("Period", "时期"),
    "first": ("First", "首期"),
    "last": ("Last", "末期"),
    "hospital": ("Hospital", "机构"),
    "gaps": ("Missing months", "缺失月数"),
    "months": ("Which", "缺失月份"),
    "index": ("Index", "指数"),
    "least": ("Lowest", "最低"),
    "most": ("Highest", "最高"),
}
TABLES: dict[str, Words] = {
    "hospital_links.csv": ("Hospitals linked", "机构对应"),
    "code_versions.csv": ("Versions of codes, by column and year", "编码版本（按字段与年份）"),
    "codes_to_review.csv": ("Codes to review", "待复核编码"),
    "agreement.csv": ("List against page", "清单与首页核对"),
}
"""Titles of tables that the cleaning writes for review; others stand under their file's name."""
MORE: Words = ("and {count} more rows in the file", "文件中另有 {count} 行")
WHOLE: Words = ("Whole table", "完整表格")
MEDIANS: Words = ("Medians by period", "各期中位数")
UNKNOWN_MONTH: Words = (
    "{rows} raw rows have no month inside the span, or none that can be read.",
    "{rows} 行原始数据的出院月份缺失、无法读取或在时间范围之外。",
)
FOOT: Words = (
    "Made by dipeval from the files above; no clock, no machine is in it.",
    "由 dipeval 根据上述文件生成。",
)


def word(words: Words, language: str, **facts: object) -> str:
    """A phrase in one language, its places filled."""
    return words[language == "zh"].format(**facts) if facts else words[language == "zh"]


def filled(words: Words, **facts: object) -> Words:
    """A phrase in both languages, its places filled."""
    return words[0].format(**facts), words[1].format(**facts)
