#include "app/platform/headless.h"

#include <epoxy/egl.h>

#include <cstring>
#include <string>

namespace vitscope::platform {

namespace {

constexpr const char* kAdvice = "; the packages libegl1, libegl-mesa0 and libgl1-mesa-dri bring a software renderer";

bool has(const char* list, const char* name) {
  if (!list) return false;
  const std::size_t length = std::strlen(name);
  for (const char* at = list; (at = std::strstr(at, name)); at += length)
    if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return true;
  return false;
}

EGLDisplay surfaceless_display() {
  const char* client = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  if (!has(client, "EGL_EXT_platform_base") || !has(client, "EGL_MESA_platform_surfaceless")) return EGL_NO_DISPLAY;
  return eglGetPlatformDisplayEXT(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
}

/// The first graphics card, for drivers without Mesa's surfaceless platform.
EGLDisplay card_display() {
  const char* client = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  if (!has(client, "EGL_EXT_platform_base") || !has(client, "EGL_EXT_platform_device") || !has(client, "EGL_EXT_device_enumeration"))
    return EGL_NO_DISPLAY;
  EGLDeviceEXT device = nullptr;
  EGLint count = 0;
  if (!eglQueryDevicesEXT(1, &device, &count) || count < 1) return EGL_NO_DISPLAY;
  return eglGetPlatformDisplayEXT(EGL_PLATFORM_DEVICE_EXT, device, nullptr);
}

/// The first of the displays that can be used, or none.
EGLDisplay initialised_display() {
  EGLint major = 0, minor = 0;
  for (EGLDisplay (*find)() :
       {+[] { return surfaceless_display(); }, +[] { return card_display(); }, +[] { return eglGetDisplay(EGL_DEFAULT_DISPLAY); }})
    if (EGLDisplay display = find(); display != EGL_NO_DISPLAY && eglInitialize(display, &major, &minor)) return display;
  return EGL_NO_DISPLAY;
}

}  // namespace

Result<std::unique_ptr<HeadlessContext>> HeadlessContext::create() {
  // epoxy ends the program when it calls into a library that is not there.
  if (!epoxy_has_egl()) return Error{std::string("no OpenGL: the EGL library is missing") + kAdvice};
  std::unique_ptr<HeadlessContext> made(new HeadlessContext);
  EGLDisplay display = initialised_display();
  if (display == EGL_NO_DISPLAY) return Error{std::string("no OpenGL: EGL finds no display") + kAdvice};
  made->display_ = display;
  if (!eglBindAPI(EGL_OPENGL_API)) return Error{std::string("no OpenGL: EGL offers no desktop OpenGL") + kAdvice};
  const char* extensions = eglQueryString(display, EGL_EXTENSIONS);
  if (!has(extensions, "EGL_KHR_surfaceless_context")) return Error{std::string("no OpenGL: EGL cannot draw without a surface") + kAdvice};
  const EGLint wanted[] = {EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_SURFACE_TYPE, EGL_DONT_CARE, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (!eglChooseConfig(display, wanted, &config, 1, &count) || count == 0) {
    if (!has(extensions, "EGL_KHR_no_config_context")) return Error{std::string("no OpenGL: EGL has no configuration for it") + kAdvice};
    config = EGL_NO_CONFIG_KHR;
  }
  const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION,           3,       EGL_CONTEXT_MINOR_VERSION, 3, EGL_CONTEXT_OPENGL_PROFILE_MASK,
                               EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE};
  made->context_ = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes);
  if (made->context_ == EGL_NO_CONTEXT) return Error{std::string("no OpenGL: a context of version 3.3 cannot be made") + kAdvice};
  if (!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, made->context_))
    return Error{std::string("no OpenGL: the context cannot be used") + kAdvice};
  return made;
}

HeadlessContext::~HeadlessContext() {
  if (!display_) return;
  eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  if (context_) eglDestroyContext(display_, context_);
  eglTerminate(display_);
}

}  // namespace vitscope::platform
