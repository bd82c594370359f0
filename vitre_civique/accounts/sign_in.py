"""allauth's views where ours differ: age at sign-up, password on its own page, what a sign-out clears."""

from allauth.account.views import LoginView, LogoutView, SignupView
from django.db import transaction
from django.shortcuts import redirect, render

from .allauth_forms import MINOR, PasswordSignInForm
from .sessions import CLEAR_SITE_DATA


class SignUpView(SignupView):
    def post(self, request, *args, **kwargs):
        """Choosing « 16 ou 17 ans » first shows the questions that come with it, with what was typed."""
        if request.POST.get("age") == MINOR and "guardian_name" not in request.POST:
            form = self.get_form_class()(initial=request.POST.dict())
            return self.render_to_response(self.get_context_data(form=form))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        if form.is_too_young:
            return redirect("accounts:too_young")
        with transaction.atomic():
            return super().form_valid(form)


class PasswordSignInView(LoginView):
    template_name = "account/login_password.html"

    def get_form_class(self):
        return PasswordSignInForm


class SignOutView(LogoutView):
    def post(self, *args, **kwargs):
        response = super().post(*args, **kwargs)
        response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
        return response


sign_up = SignUpView.as_view()
password_sign_in = PasswordSignInView.as_view()
sign_out = SignOutView.as_view()


def too_many_requests(request, exception=None):
    """allauth's rate limits answer with this page, and with the time to wait for machines."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = "300"
    return response
