"""The one style sheet, inside each page; its hash is in the policy that browsers hold to."""

STYLE = """\
:root{color-scheme:light dark}
body{margin:0;background:#f6f8fa;color:#1f2328;font:16px/24px Arial,Helvetica,sans-serif}
main{max-width:560px;margin:0 auto;background:#fff;border:1px solid #d0d7de;padding:20px 24px;
overflow-wrap:anywhere}
h1{font-size:21px;line-height:28px;margin:0 0 8px}
p{margin:8px 0}
.m{color:#57606a;font-size:14px;line-height:20px}
a{color:#0058a3}
li{margin:10px 0}
label{display:block;margin:10px 0}
select,textarea,button{font:inherit;min-height:44px;padding:8px 16px;border-radius:6px}
textarea{display:block;box-sizing:border-box;width:100%;padding:8px}
select,textarea{border:1px solid #57606a;background:#fff;color:#1f2328}
button{border:1px solid #0058a3;background:#0058a3;color:#fff;font-weight:bold;margin-top:8px}
button:focus-visible,select:focus-visible,textarea:focus-visible{outline:3px solid #1f2328;
outline-offset:2px}
@media (max-width:600px){main{border-width:0 0 1px;padding:20px 16px}button,select{width:100%}}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}
main{background:#161b22;border-color:#30363d}.m{color:#9da7b1}
a{color:#78b7ff}
select,textarea{background:#0d1117;color:#e6edf3;border-color:#9da7b1}
button{background:#78b7ff;border-color:#78b7ff;color:#0d1117}
button:focus-visible,select:focus-visible,textarea:focus-visible{outline-color:#e6edf3}}
"""
