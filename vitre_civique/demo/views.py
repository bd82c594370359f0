"""The mailbox of the demonstration: every mail the site sent, as text and as HTML. A 404 outside the demo."""

from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import mailbox

MAILS_PER_PAGE = 50
# A mail's own styles are inline; nothing else of it may act. Its own policy, on its own address.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def demo_only(view):
    @login_not_required
    @require_safe
    @never_cache
    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def mail_or_404(key):
    mail = mailbox.read(settings.DEMO_MAILS, key)
    if mail is None:
        raise Http404
    return mail


@demo_only
def mail_list(request):
    page = Paginator(mailbox.keys(settings.DEMO_MAILS), MAILS_PER_PAGE).get_page(request.GET.get("page"))
    mails = [mail for key in page if (mail := mailbox.read(settings.DEMO_MAILS, key))]
    return render(request, "demo/mail_list.html", {"page": page, "mails": mails})


@demo_only
def mail_detail(request, key):
    return render(request, "demo/mail_detail.html", {"mail": mail_or_404(key)})


@demo_only
def mail_html(request, key):
    mail = mail_or_404(key)
    if not mail.html:
        raise Http404
    response = HttpResponse(mail.html)
    response.demo_mail_policy = MAIL_POLICY  # read by SecurityHeadersMiddleware, in the demonstration alone
    return response


@demo_only
def mail_attachment(request, key, number):
    attachments = mail_or_404(key).attachments
    if not 1 <= number <= len(attachments):
        raise Http404
    part = attachments[number - 1]
    disposition = content_disposition_header(as_attachment=True, filename=part.name or "piece-jointe")
    headers = {"Content-Disposition": disposition}
    return HttpResponse(part.content, content_type=part.content_type, headers=headers)
